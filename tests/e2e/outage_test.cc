// Postgres goes away, comes back, loses commits on the wire: nothing is guessed.
#include "tests/e2e/loaded_service.h"
#include "tests/support/deadline.h"
#include "tests/support/tcp_proxy.h"

namespace oncegate::e2e {
namespace {

using ::testing::SizeIs;

class Outage : public LoadedTest {
 protected:
  test::PostgresServer& server() { return SharedPostgres(); }
  double InDoubt() {
    return service().Metric(R"(oncegate_sink_commits_total{sink="main",outcome="in_doubt"})") +
           service().Metric(R"(oncegate_sink_commits_total{outcome="in_doubt",sink="main"})");
  }
  Answer SendOne(std::int64_t sequence) { return Post(kStream, Record("one", sequence, "1")); }
};
INSTANTIATE_TEST_SUITE_P(On, Outage, ::testing::Values(SinkKind::kPostgres), SinkKindName);

TEST_P(Outage, TheServerCrashesAndStartsUnderLoad) {
  Prepare();
  StartLoad(500 * Scale());
  for (int round = 0; round < 3 * Scale(); ++round) {
    AwaitAnswers(50);
    server().Restart(round % 2 == 0 ? test::StopMode::kImmediate : test::StopMode::kFast);
  }
  FinishAndExpectEveryEventOnce();
}

TEST_P(Outage, BackendsAreTerminatedUnderLoad) {
  Prepare();
  StartLoad(500 * Scale());
  for (int round = 0; round < 10 * Scale(); ++round) {
    AwaitAnswers(20);
    server().TerminateBackends();
  }
  FinishAndExpectEveryEventOnce();
}

TEST_P(Outage, BackendsAreTerminatedWhileTheyCommitSlowly) {
  Prepare();
  sink().Query(
      "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$; "
      "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW WHEN (NEW.seq % 50 = 0) EXECUTE FUNCTION dawdle()");
  StartLoad(60 * Scale());
  for (int round = 0; round < 5 * Scale(); ++round) {
    EXPECT_TRUE(test::Eventually([&] {
      return server().TerminateBackends() > 0 || load().SettledKeys() == load().AllKeys();
    }));
    AwaitAnswers(3);
  }
  sink().Query("DROP TRIGGER slow ON orders");
  FinishAndExpectEveryEventOnce();
}

TEST_P(Outage, ACommitThatLandedWhileItsAnswerWasLostIsFoundInTheLedger) {
  Prepare();
  // A commit that waits for a standby is durable already; who is terminated then never hears of it.
  server().Query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  server().Query("SELECT pg_reload_conf()");
  StartLoad(40);
  const std::string waiting =
      "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE wait_event = 'SyncRep') AS ended";
  int terminated = 0;
  EXPECT_TRUE(test::Eventually([&] {
    terminated += std::stoi(server().QueryValue(waiting));
    return terminated >= 5;
  }));
  server().Query("ALTER SYSTEM RESET synchronous_standby_names");
  server().Query("SELECT pg_reload_conf()");
  FinishAndExpectEveryEventOnce();
  EXPECT_GE(InDoubt(), 1);
}

TEST_P(Outage, WhileTheSinkIsAwayEventsWaitAndAreSentAgain) {
  Prepare();
  server().Stop();
  const Answer refused = SendOne(1);
  EXPECT_THAT(refused, IsProblem(503, "retry"));
  EXPECT_THAT(refused, Settles(503, {{"retry", 1}}));
  EXPECT_NE(refused.Header("Retry-After"), "");
  EXPECT_EQ(service().Producer(kStream, "first").status, 503);
  EXPECT_EQ(service().Ops({"GET", "/readyz", {}, ""}).status, 503);
  EXPECT_EQ(service().Ops({"GET", "/livez", {}, ""}).status, 200);
  // Duplicates are not answered from local knowledge either.
  EXPECT_THAT(Post(kStream, Record("first", 0, "1")), Settles(503, {{"retry", 1}}));
  server().Start();
  process().AwaitReady();
  EXPECT_THAT(SendOne(1), Settles(200, {{"applied", 1}}));
  EXPECT_THAT(Post(kStream, Record("first", 0, "1")), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(1));
}

TEST_P(Outage, WhatWaitsGoesOnByItselfOnceTheSinkIsBack) {
  Prepare();
  server().Stop();
  testing::RawConnection waiting(process().ingest_port());
  ASSERT_TRUE(waiting.Send(testing::Serialize({"POST",
                                               std::string("/v1/streams/") + kStream + "/events",
                                               {{"Content-Type", "application/json"}},
                                               Record("one", 1, "1")})));
  ASSERT_FALSE(waiting.IsReadable(std::chrono::milliseconds(50)));
  server().Start();
  EXPECT_THAT(ReadAnswer(waiting.Read()), Settles(200, {{"applied", 1}}));
}

TEST_P(Outage, AServiceMayStartBeforeItsSink) {
  Prepare();
  ASSERT_EQ(process().Terminate(), 0);
  server().Stop();
  StartAgain(test::Readiness::kListening);
  EXPECT_EQ(service().Ops({"GET", "/readyz", {}, ""}).status, 503);
  EXPECT_THAT(SendOne(1), IsProblem(503, "retry"));
  server().Start();
  process().AwaitReady();
  EXPECT_THAT(SendOne(1), Settles(200, {{"applied", 1}}));
}

TEST_P(Outage, AMissingTableIsWaitedForAndRejectsNothing) {
  Prepare();
  sink().Query("ALTER TABLE orders RENAME TO orders_away");
  EXPECT_THAT(SendOne(1), Settles(503, {{"retry", 1}}));
  // Another stream of the same lane goes on.
  EXPECT_THAT(Post("others", Record("p", 1, "1")), Settles(200, {{"applied", 1}}));
  sink().Query("ALTER TABLE orders_away RENAME TO orders");
  EXPECT_TRUE(test::Eventually([&] { return SendOne(1).status == 200; }));
  EXPECT_THAT(SendOne(1), Settles(200, {{"duplicate", 1}}));
  EXPECT_THAT(sink().AuditedWrites(kStream), SizeIs(1));
}

TEST_P(Outage, WhatOneLaneCanNotSettleIsToBeSentAgain) {
  Prepare();
  std::vector<std::string> records;
  for (int i = 0; i < 20; ++i) records.push_back(Record("q" + std::to_string(i), 0, "1"));
  ASSERT_THAT(Post(kStream, Array(records)), Settles(200, {{"applied", 20}}));
  for (int i = 0; i < 20; ++i) records.push_back(Record("q" + std::to_string(i), 1, "1"));

  test::PostgresClient other(server().Url(sink().Query("SELECT current_database()")[0][0].value()));
  other.Query("BEGIN");
  other.Query("SELECT 1 FROM oncegate_ledger WHERE producer = 'q7' FOR UPDATE");
  const Answer partly = Post(kStream, Array(records), kAll);
  other.Query("ROLLBACK");
  EXPECT_EQ(partly.status, 207);
  EXPECT_NE(partly.Header("Retry-After"), "");
  const Counts counts = partly.VerdictCounts();
  EXPECT_GT(counts.at("applied"), 0);
  EXPECT_GT(counts.at("retry"), 0);
  const Counts rest = Post(kStream, Array(records)).VerdictCounts();
  EXPECT_EQ(counts.at("applied") + (rest.contains("applied") ? rest.at("applied") : 0), 20);
  for (const auto& [key, writes] : sink().AuditedWrites(kStream)) EXPECT_EQ(writes, 1) << key;
}

class LostCommit : public Outage {
 protected:
  /// One event, with the proxy between service and server losing its COMMIT in this way.
  void LoseCommit(test::ProxyFault fault) {
    test::TcpProxy proxy(server().port());
    Prepare();
    ASSERT_EQ(process().Terminate(), 0);
    std::string settings = sink().Settings();
    const std::string port = std::to_string(server().port());
    settings.replace(settings.find(":" + port + "/"), port.size() + 1,
                     ":" + std::to_string(proxy.port()));
    process().setup().settings = settings + "[stream_defaults]\nrequest_timeout = \"4s\"\n";
    StartAgain();
    ASSERT_THAT(SendOne(0), Settles(200, {{"applied", 1}}));
    // With its end, or BEGIN … READ COMMITTED would be lost.
    proxy.Arm(fault, std::string("COMMIT\0", 7));
    const Answer answer = SendOne(1);
    EXPECT_TRUE(proxy.HasStruck());
    EXPECT_THAT(answer, Settles(200, {{"applied", 1}}));
    EXPECT_THAT(SendOne(1), Settles(200, {{"duplicate", 1}}));
    const auto writes = sink().AuditedWrites(kStream);
    EXPECT_EQ(writes.at("one/0/1"), 1);
    EXPECT_THAT(writes, SizeIs(2));
    EXPECT_EQ(InDoubt(), 1);
    process().Kill();
  }
};
INSTANTIATE_TEST_SUITE_P(On, LostCommit, ::testing::Values(SinkKind::kPostgres), SinkKindName);

TEST_P(LostCommit, ACommitThatNeverArrivedIsDoneAgain) {
  LoseCommit(test::ProxyFault::kLoseRequest);
}

TEST_P(LostCommit, ACommitWhoseAnswerWasLostIsRecognised) {
  LoseCommit(test::ProxyFault::kLoseAnswer);
}

}  // namespace
}  // namespace oncegate::e2e
