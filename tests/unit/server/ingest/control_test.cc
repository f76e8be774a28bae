// What administrators and resuming producers ask, answered from the ledger.
#include <thread>

#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using enum Verdict;

class Controlled : public EngineFixture {
 protected:
  void SetUp() override { ASSERT_TRUE(StartEngine().has_value()); }

  static PurgeRequest Select(const std::string& producer, PurgeMode mode, bool dry_run = false) {
    PurgeRequest request;
    request.stream = "orders";
    request.producer = producer;
    request.mode = mode;
    request.dry_run = dry_run;
    return request;
  }
  static Sent InEpoch(std::int64_t epoch, std::int64_t sequence) {
    Sent sent = Number(sequence);
    sent.epoch = epoch;
    return sent;
  }
};

TEST_F(Controlled, AProducerReadsWhereToResume) {
  Send("orders", {Number(100), Number(101), Number(105)});
  const auto report = ReadProducer("orders", "p");
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->epoch.value, 0);
  EXPECT_EQ(report->window.floor, -1);
  EXPECT_FALSE(report->window.contiguous_through.has_value());
  EXPECT_EQ(report->window.highest_sequence, 105);
  EXPECT_THAT(report->window.missing, ElementsAre(SequenceRange{0, 99}, SequenceRange{102, 104}));
}

TEST_F(Controlled, WhatIsToldOfAProducerIsConfirmedByTheSinkFirst) {
  SendOne("orders", Number(1));
  faults_.commits_aborted = 1;
  EXPECT_EQ(ReadProducer("orders", "p")->window.highest_sequence, 1);
  EXPECT_EQ(faults_.commits_aborted, 0);
  const BumpRequest bump{"orders", "p", {0}, BumpSequence::kReset, "once"};
  ASSERT_TRUE(Bump(bump).has_value());
  std::atomic<int> confirmed{0};
  const std::function<void()> count = [&] { ++confirmed; };
  // The second commit is that of the repeated bump, which changes nothing.
  faults_.BeforeNextCommit([&] {
    ++confirmed;
    faults_.BeforeNextCommit(count);
  });
  EXPECT_EQ(Bump(bump)->epoch.value, 1);
  EXPECT_EQ(confirmed, 2);
}

TEST_F(Controlled, UnknownStreamsAndProducersAreNotFound) {
  SendOne("orders", Number(1));
  EXPECT_EQ(ReadProducer("orders", "nobody").error().kind, ControlErrorKind::kNotFound);
  EXPECT_EQ(ReadProducer("nothing", "p").error().kind, ControlErrorKind::kUnknownStream);
  EXPECT_EQ(ReadProducer("Not Valid", "p").error().kind, ControlErrorKind::kUnknownStream);
}

TEST_F(Controlled, AStreamMadeByAnotherInstanceIsFound) {
  auto second = StartSecondEngine();
  SendTo(second.get(), "orders", {Number(1)});
  EXPECT_TRUE(ReadProducer("orders", "p").has_value());
}

TEST_F(Controlled, TheStateOfADownSinkIsUnavailable) {
  SendOne("orders", Number(1));
  faults_.away = true;
  std::optional<ControlErrorKind> kind;
  std::atomic<bool> answered{false};
  engine().control().ReadProducer("orders", "p", clock_.Now() + std::chrono::milliseconds(200),
                                  [&](ControlResult<ProducerReport> report) {
                                    if (!report) kind = report.error().kind;
                                    answered = true;
                                  });
  while (!answered) std::this_thread::yield();
  EXPECT_EQ(kind, ControlErrorKind::kUnavailable);
}

TEST_F(Controlled, AfterABumpIsAnsweredNoEventOfTheOldEpochIsWritten) {
  SendOne("orders", Number(1));
  const auto bumped = Bump({"orders", "p", {0}, BumpSequence::kReset, ""});
  ASSERT_TRUE(bumped.has_value());
  EXPECT_EQ(bumped->epoch.value, 1);
  EXPECT_EQ(bumped->window.highest_sequence, -1);
  EXPECT_THAT(Send("orders", {Number(2), Number(1)}).Verdicts(), ElementsAre(kFenced, kFenced));
  EXPECT_EQ(SendOne("orders", InEpoch(1, 1)), kApplied);
}

TEST_F(Controlled, ABumpMayContinueTheSequence) {
  Send("orders", {Number(1), Number(2)});
  ASSERT_TRUE(Bump({"orders", "p", {0}, BumpSequence::kContinue, ""}).has_value());
  EXPECT_THAT(Send("orders", {InEpoch(1, 2), InEpoch(1, 3)}).Verdicts(),
              ElementsAre(kDuplicate, kApplied));
}

TEST_F(Controlled, ABumpIsACompareAndSetAndRepeatsItsAnswerByKey) {
  SendOne("orders", Number(1));
  EXPECT_EQ(Bump({"orders", "p", {3}, BumpSequence::kReset, ""}).error().kind,
            ControlErrorKind::kEpochMismatch);
  const BumpRequest request{"orders", "p", {0}, BumpSequence::kReset, "bump-1"};
  ASSERT_TRUE(Bump(request).has_value());
  SendOne("orders", InEpoch(1, 7));
  const auto repeated = Bump(request);
  ASSERT_TRUE(repeated.has_value());
  EXPECT_EQ(repeated->epoch.value, 1);
  EXPECT_EQ(repeated->window.highest_sequence, -1);
  EXPECT_EQ(SendOne("orders", InEpoch(1, 7)), kDuplicate);
  EXPECT_EQ(Bump({"orders", "nobody", {0}, BumpSequence::kReset, ""}).error().kind,
            ControlErrorKind::kNotFound);
}

TEST_F(Controlled, ABumpWhoseCommitGotNoAnswerIsDoneOnce) {
  SendOne("orders", Number(1));
  faults_.commits_lost_after = 1;
  const auto bumped = Bump({"orders", "p", {0}, BumpSequence::kReset, ""});
  ASSERT_TRUE(bumped.has_value());
  EXPECT_EQ(bumped->epoch.value, 1);
}

TEST_F(Controlled, SealedEventsAreTooOldAndLaterOnesGoOn) {
  Send("orders", {Number(1), Number(2), Number(5)});
  PurgeRequest seal = Select("p", PurgeMode::kSeal);
  seal.through_sequence = 3;
  ASSERT_TRUE(Purge(seal).has_value());
  EXPECT_THAT(Send("orders", {Number(2), Number(3), Number(4), Number(5)}).Verdicts(),
              ElementsAre(kTooOld, kTooOld, kApplied, kDuplicate));
}

TEST_F(Controlled, ForgottenEventsAreNewAgainAndTheEpochStays) {
  SendOne("orders", InEpoch(3, 1));
  ASSERT_TRUE(Purge(Select("p", PurgeMode::kForget)).has_value());
  EXPECT_THAT(Send("orders", {InEpoch(2, 9), InEpoch(3, 1)}).Verdicts(),
              ElementsAre(kFenced, kApplied));
}

TEST_F(Controlled, ADryRunPlansAndChangesNothing) {
  for (int p = 0; p < 3; ++p) {
    Sent sent = Number(1);
    sent.producer = "pos-" + std::to_string(p);
    SendOne("orders", sent);
  }
  PurgeRequest request;
  request.stream = "orders";
  request.producer_prefix = "pos-";
  const auto plan = Purge(request);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->producers, 3U);
  EXPECT_TRUE(plan->dry_run);
  EXPECT_THAT(plan->sample, ElementsAre("pos-0", "pos-1", "pos-2"));
  Sent again = Number(1);
  again.producer = "pos-0";
  EXPECT_EQ(SendOne("orders", again), kDuplicate);
}

TEST_F(Controlled, ASecondInstanceObeysAPurgeFromItsAnswerOn) {
  auto second = StartSecondEngine();
  SendTo(second.get(), "orders", {Number(1), Number(2)});
  ASSERT_TRUE(Purge(Select("p", PurgeMode::kSeal)).has_value());
  EXPECT_THAT(SendTo(second.get(), "orders", {Number(1), Number(2), Number(3)}).Verdicts(),
              ElementsAre(kTooOld, kTooOld, kApplied));
}

TEST_F(Controlled, SelectorsThatDoNotFitTheStreamAreRefused) {
  RestartEngine({Stream("ledger", DedupeMode::kStrict), Stream("hooks", DedupeMode::kId)});
  PurgeRequest request = Select("p", PurgeMode::kForget);
  request.stream = "ledger";
  request.through_sequence = 3;
  EXPECT_EQ(Purge(request).error().kind, ControlErrorKind::kBadRequest);
  request = PurgeRequest{};
  request.stream = "hooks";
  request.ids_older_than = std::chrono::seconds(1);
  request.mode = PurgeMode::kSeal;
  EXPECT_EQ(Purge(request).error().kind, ControlErrorKind::kBadRequest);
  request.producer = "p";
  EXPECT_EQ(Purge(request).error().kind, ControlErrorKind::kBadRequest);
}

TEST_F(Controlled, ForgottenIdsAreNewAgain) {
  RestartEngine({Stream("hooks", DedupeMode::kId)});
  Sent sent;
  sent.id = "a";
  EXPECT_EQ(SendOne("hooks", sent), kApplied);
  clock_.AdvanceWall(std::chrono::hours(2));
  PurgeRequest request;
  request.stream = "hooks";
  request.ids_older_than = std::chrono::hours(1);
  request.dry_run = false;
  const auto purged = Purge(request);
  ASSERT_TRUE(purged.has_value());
  EXPECT_EQ(purged->ids, 1U);
  EXPECT_EQ(SendOne("hooks", sent), kApplied);
}

TEST_F(Controlled, AnIdleProducerLeavesATombstone) {
  StreamSpec spec = Stream("orders", DedupeMode::kWindow);
  spec.producer_retention = std::chrono::seconds(10);
  RestartEngine({spec});
  Send("orders", {InEpoch(3, 8), InEpoch(3, 10)});
  EXPECT_EQ(SendOne("orders", InEpoch(3, 10)), kDuplicate);
  clock_.AdvanceWall(std::chrono::seconds(11));
  Verdict verdict = kDuplicate;
  const SteadyTime patience = clock_.Now() + std::chrono::seconds(15);
  while (verdict == kDuplicate && clock_.Now() < patience) {
    verdict = SendOne("orders", InEpoch(3, 10));
  }
  EXPECT_EQ(verdict, kTooOld);
  EXPECT_THAT(Send("orders", {InEpoch(3, 9), InEpoch(2, 20), InEpoch(3, 11)}).Verdicts(),
              ElementsAre(kTooOld, kFenced, kApplied));
}

TEST_F(Controlled, AnIdIsForgottenAfterItsRetentionAndNotRefreshedByADuplicate) {
  StreamSpec spec = Stream("hooks", DedupeMode::kId);
  spec.id_retention = std::chrono::seconds(10);
  RestartEngine({spec});
  Sent sent;
  sent.id = "a";
  EXPECT_EQ(SendOne("hooks", sent), kApplied);
  clock_.AdvanceWall(std::chrono::seconds(8));
  EXPECT_EQ(SendOne("hooks", sent), kDuplicate);
  clock_.AdvanceWall(std::chrono::seconds(3));
  Verdict verdict = kDuplicate;
  const SteadyTime patience = clock_.Now() + std::chrono::seconds(15);
  while (verdict == kDuplicate && clock_.Now() < patience) verdict = SendOne("hooks", sent);
  EXPECT_EQ(verdict, kApplied);
}

TEST_F(Controlled, AtTheCapNewIdsAreRefusedAndNoneIsEvicted) {
  StreamSpec spec = Stream("hooks", DedupeMode::kId);
  spec.ids_max = 2;
  RestartEngine({spec});
  const auto with_id = [](std::string id) {
    Sent sent;
    sent.id = std::move(id);
    return sent;
  };
  EXPECT_THAT(Send("hooks", {with_id("a"), with_id("b")}).Verdicts(), Each(kApplied));
  EXPECT_EQ(Send("hooks", {with_id("c")}).outcome, SubmitOutcome::kIdCapacity);
  EXPECT_THAT(Send("hooks", {with_id("b"), with_id("a")}).Verdicts(), Each(kDuplicate));
  EXPECT_EQ(RowCount("hooks"), 2);
}

TEST_F(Controlled, ListsComeInPages) {
  for (const char* stream : {"a", "b", "c"}) SendOne(stream, Number(1));
  const auto first = engine().control().ListStreams({"", 2});
  ASSERT_EQ(first.items.size(), 2U);
  EXPECT_EQ(first.items[1].stream, "b");
  ASSERT_TRUE(first.next.has_value());
  const auto second = engine().control().ListStreams({*first.next, 2});
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_EQ(second.items[0].stream, "c");
  EXPECT_FALSE(second.next.has_value());
  EXPECT_EQ(engine().control().ListSinks({}).items.at(0).state, SinkState::kUp);
}

TEST_F(Controlled, MutationsLeaveAnAuditRecord) {
  SendOne("orders", Number(1));
  ASSERT_TRUE(Purge(Select("p", PurgeMode::kSeal)).has_value());
  engine().control().PauseSink("main");
  engine().control().PauseSink("main");
  engine().control().ResumeSink("main");
  StopEngine();
  LevelDbStoreOptions options;
  options.directory = folder_ / "index";
  auto store = LevelDbStore::Open(options);
  ASSERT_TRUE(store.has_value());
  const auto audit = (*store)->ReadAudit(10);
  ASSERT_TRUE(audit.has_value());
  ASSERT_EQ(audit->size(), 3U);
  EXPECT_NE((*audit)[2].json.find("purge"), std::string::npos);
  EXPECT_NE((*audit)[0].json.find("resume"), std::string::npos);
}

}  // namespace
}  // namespace oncegate::testing
