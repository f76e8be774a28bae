// One stream, two sinks: Postgres and a SQLite file. Whatever happens to one of them or to the
// service, both end with every event once.
#include <filesystem>

#include "tests/e2e/loaded_service.h"
#include "tests/support/deadline.h"

namespace oncegate::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class RoutedStream : public LoadedTest {
 protected:
  test::PostgresServer& server() { return SharedPostgres(); }
  SinkSite& search() { return *search_; }

  void PrepareBoth(const std::string& more = "") {
    std::string settings = search_->Settings();
    settings.replace(settings.find("sinks.main"), std::string("sinks.main").size(), "sinks.search");
    Start("[stream_defaults]\nrequest_timeout = \"1s\"\nsinks = [\"main\", \"search\"]\n" + more +
          settings);
    ASSERT_THAT(Post(kStream, Record("first", 0, "1"),
                     {.query = "ack=sink", .type = "application/json", .headers = {}}),
                Settles(200, {{"applied", 1}}));
    Watch();
    search_->Audit(kStream);
  }
  void FinishAndExpectEveryEventOnceInBoth() {
    FinishAndExpectEveryEventOnce();
    ExpectEveryEventOnce(load(), &search(), kStream);
  }
  static std::string Keyed(int sequence, const std::string& key) {
    return Record("p", sequence, std::to_string(sequence), R"("key":")" + key + "\"");
  }

 private:
  test::TemporaryFolder folder_;
  std::unique_ptr<SinkSite> search_ = MakeSqliteSite(folder_.path());
};
INSTANTIATE_TEST_SUITE_P(On, RoutedStream, ::testing::Values(SinkKind::kPostgres), SinkKindName);

TEST_P(RoutedStream, EveryEventIsOnceInBothSinks) {
  PrepareBoth();
  StartLoad(60 * Scale());
  FinishAndExpectEveryEventOnceInBoth();
  const Answer streams = service().Ops({"GET", "/admin/v1/streams", {}, ""});
  EXPECT_THAT(streams.reply.body, ::testing::HasSubstr(R"("sinks":["main","search"])"));
}

TEST_P(RoutedStream, OneSinkGoesAwayAndComesBackUnderLoad) {
  PrepareBoth();
  StartLoad(100 * Scale());
  for (int round = 0; round < 2 * Scale(); ++round) {
    AwaitAnswers(10);
    server().Stop(round % 2 == 0 ? test::StopMode::kImmediate : test::StopMode::kFast);
    AwaitAnswers(3);
    server().Start();
  }
  FinishAndExpectEveryEventOnceInBoth();
}

TEST_P(RoutedStream, WhileOneSinkIsAwayNothingIsSettled) {
  PrepareBoth();
  server().Stop();
  EXPECT_THAT(Post(kStream, Record("p", 0, "1")), Settles(503, {{"retry", 1}}));
  EXPECT_THAT(search().Rows(kStream, "p/"), SizeIs(1));
  server().Start();
  EXPECT_TRUE(test::Eventually([&] {
    return Post(kStream, Record("p", 0, "1")).VerdictCounts() == Counts{{"applied", 1}};
  }));
  EXPECT_THAT(Post(kStream, Record("p", 0, "1")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(sink().Rows(kStream, "p/"), SizeIs(1));
  EXPECT_EQ(search().AuditedWrites(kStream).at("p/0/0"), 1);
}

TEST_P(RoutedStream, TheServiceIsKilledUnderLoadAndLosesItsIndex) {
  PrepareBoth();
  StartLoad(200 * Scale());
  for (int round = 0; round < 3 * Scale(); ++round) {
    AwaitAnswers(10);
    Kill();
    if (round % 2 == 1) RemoveIndex();
    StartAgain();
  }
  FinishAndExpectEveryEventOnceInBoth();
}

TEST_P(RoutedStream, WhatOneSinkRefusesIsInTheOtherAndAppliedOnceItIsMended) {
  PrepareBoth();
  search().RefuseKey(kStream, "bad");
  EXPECT_THAT(Post(kStream, Array({Keyed(0, "good"), Keyed(1, "bad")})),
              Settles(207, {{"applied", 1}, {"rejected", 1}}));
  EXPECT_EQ(sink().Row(kStream, "bad").value().value, "1");
  EXPECT_FALSE(search().Row(kStream, "bad").has_value());
  EXPECT_EQ(service().Producer(kStream, "p").Member("missing"), "[[1,1]]");
  search().RefuseNothing(kStream);
  EXPECT_THAT(Post(kStream, Array({Keyed(0, "good"), Keyed(1, "bad")})),
              Settles(200, {{"duplicate", 1}, {"applied", 1}}));
  EXPECT_EQ(search().Row(kStream, "bad").value().value, "1");
  EXPECT_EQ(sink().AuditedWrites(kStream).at("bad"), 1);
}

TEST_P(RoutedStream, ForgettingABumpAndAtomicRequestsConcernBoth) {
  PrepareBoth();
  EXPECT_THAT(Post(kStream, Keyed(0, "k"),
                   {.query = "atomic=true", .type = "application/json", .headers = {}}),
              IsProblem(400, "atomic_not_allowed"));
  ASSERT_THAT(Post(kStream, Keyed(0, "k")), Settles(200, {{"applied", 1}}));
  const std::string purge = std::string("/admin/v1/streams/") + kStream + "/purge";
  EXPECT_EQ(service().OpsPost(purge, R"({"producer":"p","mode":"forget","dry_run":false})").status,
            200);
  EXPECT_THAT(Post(kStream, Keyed(0, "k")), Settles(200, {{"applied", 1}}));
  EXPECT_EQ(sink().AuditedWrites(kStream).at("k"), 2);
  EXPECT_EQ(search().AuditedWrites(kStream).at("k"), 2);
  const std::string epoch = std::string("/v1/streams/") + kStream + "/producers/p/epoch";
  const Answer bumped = service().Ingest({"POST",
                                          epoch,
                                          {{"Content-Type", "application/json"}},
                                          R"({"expected_epoch":0,"sequence":"continue"})"});
  EXPECT_EQ(bumped.Member("epoch"), "1");
  EXPECT_EQ(bumped.Member("contiguous_through"), "0");
  EXPECT_THAT(Post(kStream, Keyed(1, "k")), IsProblem(409, "fenced"));
}

TEST_P(RoutedStream, AJournalIsDrainedIntoBothWhenTheMissingOneIsBack) {
  PrepareBoth("ack = \"journal\"\non_reject = \"dead_letter\"\n");
  server().Stop();
  StartLoad(40 * Scale());
  AwaitAnswers(20);
  EXPECT_TRUE(test::Eventually([&] { return !search().AuditedWrites(kStream).empty(); }));
  Kill();
  StartAgain(test::Readiness::kListening);
  AwaitAnswers(5);
  server().Start();
  const std::string pending =
      std::string("oncegate_journal_pending_events{stream=\"") + kStream + "\"}";
  load().Finish();
  EXPECT_TRUE(test::Eventually([&] { return service().Metric(pending) == 0; }));
  ExpectEveryEventOnce(load(), &sink(), kStream);
  ExpectEveryEventOnce(load(), &search(), kStream);
}

}  // namespace
}  // namespace oncegate::e2e
