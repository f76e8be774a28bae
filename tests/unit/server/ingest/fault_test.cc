// What breaks between the engine and its sink, and what the producer is told.
#include <thread>

#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using enum Verdict;

class Faults : public EngineFixture {
 protected:
  void SetUp() override { ASSERT_TRUE(StartEngine().has_value()); }
};

TEST_F(Faults, ACommitWhoseAnswerIsLostAfterItLandedKeepsItsVerdicts) {
  SendOne("orders", Number(1));
  faults_.commits_lost_after = 1;
  EXPECT_THAT(Send("orders", {Number(1), Number(2), Number(3)}).Verdicts(),
              ElementsAre(kDuplicate, kApplied, kApplied));
  EXPECT_EQ(RowCount("orders"), 3);
  EXPECT_EQ(observer_.landed, 1U);
  EXPECT_THAT(Send("orders", {Number(2), Number(3, "9")}).Verdicts(),
              ElementsAre(kDuplicate, kConflict));
}

TEST_F(Faults, ALostCommitThatLandedIsAnsweredBehindAConfirmedOne) {
  faults_.commits_lost_after = 2;
  EXPECT_EQ(SendOne("orders", Number(1)), kApplied);
  EXPECT_EQ(faults_.commits_lost_after, 0) << "what was read was not confirmed";
  EXPECT_EQ(observer_.landed, 1U);
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(Faults, ACommitWhoseAnswerIsLostBeforeItLandedIsRunAgain) {
  faults_.commits_lost_before = 2;
  EXPECT_THAT(Send("orders", {Number(1), Number(2)}).Verdicts(), ElementsAre(kApplied, kApplied));
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_EQ(observer_.lost, 2U);
}

TEST_F(Faults, ALostCommitOfIdsIsSettledEitherWay) {
  RestartEngine({Stream("hooks", DedupeMode::kId)});
  Sent sent;
  sent.id = "a";
  faults_.commits_lost_after = 1;
  EXPECT_TRUE(IsSettled(SendOne("hooks", sent)));
  EXPECT_EQ(observer_.landed, 1U);
  faults_.commits_lost_before = 1;
  sent.id = "b";
  EXPECT_EQ(SendOne("hooks", sent), kApplied);
  EXPECT_EQ(RowCount("hooks"), 2);
}

TEST_F(Faults, ALostCommitThatAnotherInstanceBuiltOnIsStillSettledOnce) {
  auto second = StartSecondEngine();
  SendOne("orders", Number(1));
  faults_.commits_lost_after = 1;
  std::thread other;
  faults_.BeforeNextCommit([&] {
    // Queued behind the COMMIT at hand, this moves the ledger on before the first engine looks
    // again.
    other = std::thread([&] { SendTo(second.get(), "orders", {Number(5)}); });
  });
  EXPECT_TRUE(IsSettled(SendOne("orders", Number(2))));
  other.join();
  EXPECT_THAT(Send("orders", {Number(1), Number(2), Number(5)}).Verdicts(), Each(kDuplicate));
  EXPECT_EQ(RowCount("orders"), 3);
}

TEST_F(Faults, AnAbortedCommitIsRunAgain) {
  faults_.commits_aborted = 2;
  EXPECT_EQ(SendOne("orders", Number(1)), kApplied);
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(Faults, WhileTheSinkIsAwayEventsWaitUntilTheirDeadline) {
  SendOne("orders", Number(1));
  settings_.stream_defaults.request_timeout = std::chrono::milliseconds(300);
  RestartEngine();
  faults_.away = true;
  const Answer answer = Send("fresh", {Number(1), Number(2)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kRetry, kRetry));
  EXPECT_EQ(answer.results[0].code, Code::kDeadlineExceeded);
  faults_.away = false;
}

TEST_F(Faults, EventsThatWaitedAreSettledOnceTheSinkIsBack) {
  SendOne("orders", Number(1));
  faults_.away = true;
  std::thread repair([&] {
    const auto failed = observer_.sink_errors.load();
    while (observer_.sink_errors.load() == failed) std::this_thread::yield();
    faults_.away = false;
  });
  EXPECT_THAT(Send("orders", {Number(1), Number(2)}).Verdicts(), ElementsAre(kDuplicate, kApplied));
  repair.join();
}

TEST_F(Faults, NothingIsAnsweredAsDuplicateWhileTheLedgerCannotBeAsked) {
  settings_.stream_defaults.request_timeout = std::chrono::milliseconds(300);
  RestartEngine();
  SendOne("orders", Number(1));
  faults_.away = true;
  EXPECT_EQ(SendOne("orders", Number(1)), kRetry);
  faults_.away = false;
  // The lane's backoff may outlast one request; the producer sends again, as it was told to.
  Verdict verdict = kRetry;
  for (int i = 0; i < 40 && verdict == kRetry; ++i) verdict = SendOne("orders", Number(1));
  EXPECT_EQ(verdict, kDuplicate);
}

TEST_F(Faults, ADroppedTablePausesItsStreamOnly) {
  settings_.stream_defaults.request_timeout = std::chrono::milliseconds(500);
  RestartEngine();
  SendOne("orders", Number(1));
  SendOne("others", Number(1));
  SqlRun("ALTER TABLE orders RENAME TO hidden");
  EXPECT_EQ(SendOne("orders", Number(2)), kRetry);
  EXPECT_EQ(SendOne("others", Number(2)), kApplied);
  SqlRun("ALTER TABLE hidden RENAME TO orders");
  Verdict verdict = kRetry;
  for (int i = 0; i < 40 && verdict == kRetry; ++i) verdict = SendOne("orders", Number(2));
  EXPECT_TRUE(IsSettled(verdict));
  EXPECT_EQ(RowCount("orders"), 2);
}

TEST_F(Faults, ASinkThatLostEverythingIsFilledAgainWithoutARestart) {
  Send("orders", {Number(1), Number(2)});
  SqlRun("DROP TABLE orders");
  SqlRun("DELETE FROM oncegate_ledger");
  SqlRun("DELETE FROM oncegate_schema WHERE name <> 'schema_version'");
  EXPECT_THAT(Send("orders", {Number(1), Number(2)}).Verdicts(), Each(kApplied));
  EXPECT_EQ(RowCount("orders"), 2);
}

TEST_F(Faults, ASinkRestoredToAnOlderStateIsBelievedAndCounted) {
  Send("orders", {Number(1), Number(2, "\"x\"")});
  // As a restore without a broken connection: ledger and rows go back together.
  SqlRun("CREATE TABLE keep AS SELECT * FROM oncegate_ledger");
  SendOne("orders", Number(3));
  SqlRun("DELETE FROM orders WHERE key = 'p/0/3'");
  SqlRun("DELETE FROM oncegate_ledger");
  SqlRun("INSERT INTO oncegate_ledger SELECT * FROM keep");
  EXPECT_THAT(Send("orders", {Number(2, "\"x\""), Number(3, "\"other\"")}).Verdicts(),
              ElementsAre(kDuplicate, kApplied));
  EXPECT_EQ(observer_.ledger_regressions, 1U);
  EXPECT_EQ(ValueOf("orders", "p/0/3"), "\"other\"");
}

TEST_F(Faults, AnEmptiedLedgerTakesEverythingAgain) {
  Send("orders", {Number(1), Number(2)});
  SqlRun("DELETE FROM oncegate_ledger");
  EXPECT_THAT(Send("orders", {Number(1), Number(2)}).Verdicts(), ElementsAre(kApplied, kApplied));
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_GE(observer_.ledger_regressions, 1U);
}

TEST_F(Faults, LostIdsAreTakenAgainAndCounted) {
  RestartEngine({Stream("hooks", DedupeMode::kId)});
  Sent sent;
  sent.id = "a";
  EXPECT_EQ(SendOne("hooks", sent), kApplied);
  SqlRun("DELETE FROM oncegate_ids");
  EXPECT_EQ(SendOne("hooks", sent), kApplied);
  EXPECT_EQ(observer_.ledger_regressions, 1U);
}

TEST_F(Faults, APurgeByAnotherInstanceIsNoRegression) {
  auto second = StartSecondEngine();
  SendTo(second.get(), "orders", {Number(1)});
  PurgeRequest request;
  request.stream = "orders";
  request.producer = "p";
  request.mode = PurgeMode::kForget;
  request.dry_run = false;
  ASSERT_TRUE(Purge(request).has_value());
  EXPECT_THAT(SendTo(second.get(), "orders", {Number(1)}).Verdicts(), ElementsAre(kApplied));
  EXPECT_EQ(observer_.ledger_regressions, 0U);
}

TEST_F(Faults, TwoInstancesSettleEveryEventOnce) {
  auto second = StartSecondEngine();
  std::vector<std::thread> clients;
  std::atomic<int> applied{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      for (std::int64_t s = 0; s < 50; ++s) {
        IngestEngine* engine = (s + c) % 2 == 0 ? &this->engine() : second.get();
        const Answer answer = SendTo(engine, "orders", {Number(s)});
        for (const EventResult& result : answer.results) {
          EXPECT_TRUE(IsSettled(result.verdict)) << ToString(result.code);
          if (result.verdict == kApplied) ++applied;
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(applied, 50);
  EXPECT_EQ(RowCount("orders"), 50);
}

TEST_F(Faults, APausedSinkTakesNothingAndGoesOnWhenResumed) {
  SendOne("orders", Number(1));
  ASSERT_TRUE(engine().control().PauseSink("main").has_value());
  std::thread resume([&] {
    while (observer_.queue_bytes.load() == 0) std::this_thread::yield();
    EXPECT_EQ(RowCount("orders"), 1);
    engine().control().ResumeSink("main");
  });
  EXPECT_EQ(SendOne("orders", Number(2)), kApplied);
  resume.join();
}

TEST_F(Faults, AFullQueueAdmitsNothingOfABatch) {
  settings_.queue_bytes_per_lane = 2'000;
  RestartEngine();
  SendOne("orders", Number(1));
  engine().control().PauseSink("main");
  std::atomic<int> answered{0};
  const auto waiting = MakeBatch(&engine(), "orders", {Number(2), Number(3), Number(4)});
  waiting->on_complete = [&](std::vector<EventResult>) { ++answered; };
  ASSERT_EQ(engine().Submit(waiting), SubmitOutcome::kAdmitted);
  EXPECT_EQ(Send("orders", {Number(5), Number(6), Number(7)}).outcome, SubmitOutcome::kQueueFull);
  engine().control().ResumeSink("main");
  while (answered == 0) std::this_thread::yield();
  EXPECT_THAT(Send("orders", {Number(5), Number(6), Number(7)}).Verdicts(), Each(kApplied));
  EXPECT_EQ(RowCount("orders"), 7);
}

TEST_F(Faults, DrainFinishesWhatWasAdmittedAndAdmitsNoMore) {
  std::vector<std::shared_ptr<Batch>> batches;
  std::atomic<int> applied{0};
  for (std::int64_t s = 0; s < 100; ++s) {
    const auto batch = MakeBatch(&engine(), "orders", {Number(s)});
    batch->on_complete = [&](std::vector<EventResult> results) {
      if (results[0].verdict == kApplied) ++applied;
    };
    ASSERT_EQ(engine().Submit(batch), SubmitOutcome::kAdmitted);
  }
  EXPECT_TRUE(engine().Drain(clock_.Now() + std::chrono::seconds(10)));
  EXPECT_EQ(applied, 100);
  EXPECT_EQ(RowCount("orders"), 100);
  EXPECT_EQ(Send("orders", {Number(100)}).outcome, SubmitOutcome::kShuttingDown);
}

TEST_F(Faults, DrainAnswersRetryForWhatTheSinkDoesNotTakeInTime) {
  SendOne("orders", Number(1));
  faults_.away = true;
  std::atomic<int> retries{0};
  const auto batch = MakeBatch(&engine(), "orders", {Number(2)});
  batch->on_complete = [&](std::vector<EventResult> results) {
    if (results[0].verdict == kRetry && results[0].code == Code::kShuttingDown) ++retries;
  };
  ASSERT_EQ(engine().Submit(batch), SubmitOutcome::kAdmitted);
  EXPECT_FALSE(engine().Drain(clock_.Now() + std::chrono::milliseconds(200)));
  EXPECT_EQ(retries, 1);
}

}  // namespace
}  // namespace oncegate::testing
