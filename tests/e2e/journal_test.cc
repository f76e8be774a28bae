// Streams with ack = "journal": what was accepted comes to the sink, whatever happens to the sink
// or to the service meanwhile.
#include <chrono>
#include <filesystem>

#include "tests/e2e/loaded_service.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kJournaled[] = "ack = \"journal\"\non_reject = \"dead_letter\"\n";

class JournaledStream : public LoadedTest {
 protected:
  void StartJournaled(const std::string& settings = "") {
    Start(settings + "[stream_defaults]\nrequest_timeout = \"4s\"\n" + kJournaled);
    ASSERT_THAT(Post(kStream, Record("first", 0, "1"), kToSink), Settles(200, {{"applied", 1}}));
    Watch();
  }
  void AwaitDrained() {
    const std::string pending =
        std::string("oncegate_journal_pending_events{stream=\"") + kStream + "\"}";
    EXPECT_TRUE(test::Eventually([&] { return service().Metric(pending) == 0; }))
        << service().Metric(pending) << " events are still pending";
  }
  void PauseSink() { ASSERT_EQ(Sink("pause"), 200); }
  void ResumeSink() { ASSERT_EQ(Sink("resume"), 200); }

  const PostOptions kToSink{.query = "ack=sink", .type = "application/json", .headers = {}};

 private:
  int Sink(const std::string& what) {
    return service().OpsPost("/admin/v1/sinks/main/" + what, "{}").status;
  }
};
ONCEGATE_ON_BOTH_SINKS(JournaledStream);

TEST_P(JournaledStream, AnEventIsAcceptedThenAppliedAndThenADuplicate) {
  StartJournaled();
  PauseSink();
  EXPECT_THAT(Post(kStream, Record("p", 0, "1")), Settles(202, {{"accepted", 1}}));
  EXPECT_THAT(Post(kStream, Record("p", 0, "1")), Settles(202, {{"accepted", 1}}));
  EXPECT_THAT(Post(kStream, Record("p", 1, "1"), kAll).Verdicts(),
              ::testing::ElementsAre("accepted"));
  EXPECT_EQ(service().Producer(kStream, "p").Member("accepted_through"), "1");
  ResumeSink();
  AwaitDrained();
  EXPECT_THAT(Post(kStream, Record("p", 0, "1")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(Post(kStream, Record("p", 0, "1"), kToSink), Settles(200, {{"duplicate", 1}}));
  const Answer state = service().Producer(kStream, "p");
  EXPECT_EQ(state.Member("contiguous_through"), "1");
  EXPECT_EQ(state.Member("accepted_through"), "1");
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(2));
}

TEST_P(JournaledStream, AMalformedRecordIsToldAtOnceAndTheOthersAreAccepted) {
  StartJournaled();
  EXPECT_THAT(Post(kStream, Array({Record("p", 0, "1"), "{\"x\":1}"})),
              Settles(207, {{"accepted", 1}, {"invalid", 1}}));
  AwaitDrained();
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(1));
}

TEST_P(JournaledStream, AckSinkIsAlwaysAllowedAndWaitsBehindWhatIsPending) {
  StartJournaled();
  PauseSink();
  ASSERT_THAT(Post(kStream, Record("p", 0, "1")), Settles(202, {{"accepted", 1}}));
  EXPECT_THAT(Post(kStream, Record("p", 1, "1"), kToSink), IsProblem(503, "retry"));
  ResumeSink();
  EXPECT_THAT(Post(kStream, Record("p", 1, "1"), kToSink).status, 200);
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(2));
}

TEST_P(JournaledStream, KilledWithPendingEventsEveryAcceptedOneIsWrittenOnce) {
  StartJournaled();
  PauseSink();
  std::vector<std::string> records;
  for (int i = 0; i < 200; ++i) records.push_back(Record("p", i, std::to_string(i)));
  ASSERT_THAT(Post(kStream, Array(records)), Settles(202, {{"accepted", 200}}));
  for (int i = 200; i < 250; ++i) {
    ASSERT_EQ(Post(kStream, Record("p", i, std::to_string(i))).status, 202);
  }
  Kill();
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(0));
  StartAgain();
  AwaitDrained();
  const auto writes = sink().AuditedWrites(kStream);
  EXPECT_THAT(writes, SizeIs(250));
  for (const auto& [key, count] : writes) EXPECT_EQ(count, 1) << key;
}

TEST_P(JournaledStream, KilledUnderLoadNothingAcceptedIsLostAndNothingIsWrittenTwice) {
  StartJournaled();
  StartLoad(600 * Scale());
  for (int round = 0; round < 4 * Scale(); ++round) {
    AwaitAnswers(60);
    Kill();
    if (round % 2 == 1) RemoveIndex();
    StartAgain();
  }
  load().Finish();
  AwaitDrained();
  ExpectEveryEventOnce(load(), &sink(), kStream);
}

TEST_P(JournaledStream, ATerminatedServiceLeavesWhatIsPendingToTheNext) {
  StartJournaled();
  PauseSink();
  ASSERT_EQ(Post(kStream, Record("p", 0, "1")).status, 202);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(process().Terminate(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  StartAgain();
  AwaitDrained();
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(1));
}

TEST_P(JournaledStream, AFullJournalRefusesWholeRequestsUntilItIsDrained) {
  StartJournaled("[journal]\nbytes = 1000\n");
  PauseSink();
  int accepted = 0;
  Answer last;
  for (; accepted < 100; ++accepted) {
    last =
        Post(kStream, Array({Record("p", 2 * accepted, "1"), Record("p", 2 * accepted + 1, "1")}));
    if (last.status != 202) break;
  }
  EXPECT_THAT(last, IsProblem(503, "journal_full"));
  EXPECT_NE(last.Header("Retry-After"), "");
  EXPECT_GT(accepted, 5);
  ResumeSink();
  AwaitDrained();
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(static_cast<std::size_t>(2 * accepted)));
  EXPECT_EQ(Post(kStream, Record("p", 2 * accepted, "1")).status, 202);
}

TEST_P(JournaledStream, WhatTheLedgerRefusesInTheEndIsADeadLetter) {
  StartJournaled();
  PauseSink();
  ASSERT_EQ(Post(kStream, Record("first", 1, "1")).status, 202);
  ASSERT_EQ(service()
                .Ingest({"POST",
                         std::string("/v1/streams/") + kStream + "/producers/first/epoch",
                         {{"Content-Type", "application/json"}},
                         R"({"expected_epoch":0,"sequence":"reset"})"})
                .status,
            200);
  ResumeSink();
  AwaitDrained();
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(0));
  EXPECT_EQ(sink().Count("SELECT count(*) FROM oncegate_dead_letters"), 1);
}

TEST_P(JournaledStream, WhatIsPendingCanNotBeForgotten) {
  StartJournaled();
  PauseSink();
  ASSERT_EQ(Post(kStream, Record("first", 1, "1")).status, 202);
  const std::string purge = std::string("/admin/v1/streams/") + kStream + "/purge";
  const std::string forget = R"({"producer":"first","mode":"forget","dry_run":false})";
  EXPECT_THAT(service().OpsPost(purge, forget), IsProblem(409, "journal_pending"));
  ResumeSink();
  AwaitDrained();
  EXPECT_EQ(service().OpsPost(purge, forget).status, 200);
}

TEST_P(JournaledStream, AStreamWithoutAJournalRefusesToUseOne) {
  Start();
  EXPECT_THAT(Post(kStream, Record("p", 0, "1"),
                   {.query = "ack=journal", .type = "application/json", .headers = {}}),
              IsProblem(400, "ack_not_allowed"));
}

class JournalOutage : public JournaledStream {};
INSTANTIATE_TEST_SUITE_P(On, JournalOutage, ::testing::Values(SinkKind::kPostgres), SinkKindName);

TEST_P(JournalOutage, WhileTheSinkIsAwayUnderLoadNothingIsRefusedAndNothingIsLost) {
  StartJournaled();
  StartLoad(400 * Scale());
  AwaitAnswers(20);
  SharedPostgres().Stop();
  load().Finish();
  EXPECT_EQ(service().Metric("oncegate_http_requests_total{code=\"503\",method=\"POST\",route="
                             "\"/v1/streams/{stream}/events\"}"),
            0);
  SharedPostgres().Start();
  process().AwaitReady();
  AwaitDrained();
  ExpectEveryEventOnce(load(), &sink(), kStream);
}

}  // namespace
}  // namespace oncegate::e2e
