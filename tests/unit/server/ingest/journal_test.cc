// The journal between producers and a sink that comes and goes: what is accepted comes to the sink,
// once and in order, and nothing else is ever called accepted.
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "dedupe/store/leveldb_journal.h"
#include "tests/unit/dedupe/store/faulty_env.h"
#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using enum Verdict;

class JournalTest : public EngineFixture {
 protected:
  ~JournalTest() override { Stop(); }

  StreamSpec Journaled(DedupeMode mode = DedupeMode::kWindow) {
    StreamSpec spec = Stream("orders", mode);
    spec.ack = Acknowledgement::kJournal;
    spec.request_timeout = std::chrono::milliseconds(5'000);
    return spec;
  }
  void Start(const StreamSpec& spec) {
    auto opened = LevelDbJournal::Open({.directory = folder_ / "journal", .environment = &disk_});
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
    journal_ = store_.get();
    const Status started = StartEngine({spec}, 1);
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }
  void Stop() {
    StopEngine();
    store_.reset();
  }
  void Restart(const StreamSpec& spec) {
    Stop();
    Start(spec);
  }
  void StartWithSinkAway(const StreamSpec& spec) {
    Start(spec);
    faults_.away = true;
  }

  Verdict AskSink(Sent event) { return AskSinkWithout({std::move(event)}).front(); }
  std::vector<Verdict> AskSinkWithout(std::vector<Sent> events) {
    return Answered(SubmitToSink(events));
  }
  struct Waiting {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<std::vector<EventResult>> results;
  };
  /// With ack=sink; does not wait.
  std::shared_ptr<Waiting> SubmitToSink(const std::vector<Sent>& events) {
    auto waiting = std::make_shared<Waiting>();
    auto batch = MakeBatch(&engine(), "orders", events);
    batch->ack = Acknowledgement::kSink;
    batch->on_complete = [waiting](std::vector<EventResult> results) {
      std::lock_guard lock(waiting->mutex);
      waiting->results = std::move(results);
      waiting->answered.notify_all();
    };
    EXPECT_EQ(engine().Submit(batch), SubmitOutcome::kAdmitted);
    return waiting;
  }
  static std::vector<Verdict> Answered(const std::shared_ptr<Waiting>& waiting) {
    std::unique_lock lock(waiting->mutex);
    EXPECT_TRUE(waiting->answered.wait_for(lock, std::chrono::seconds(20),
                                           [&] { return waiting->results.has_value(); }));
    std::vector<Verdict> verdicts;
    for (const EventResult& result : *waiting->results) verdicts.push_back(result.verdict);
    return verdicts;
  }
  static bool IsAnswered(const std::shared_ptr<Waiting>& waiting) {
    std::lock_guard lock(waiting->mutex);
    return waiting->results.has_value();
  }

  std::uint64_t PendingEvents() {
    const auto figures = engine().JournalPending();
    return figures.empty() ? 0 : figures.front().events;
  }
  void AwaitDrained() {
    const SteadyTime deadline = clock_.Now() + std::chrono::seconds(30);
    while (PendingEvents() > 0 && clock_.Now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ASSERT_EQ(PendingEvents(), 0U) << "the journal was not drained";
  }
  std::size_t EntriesOnDisk() {
    const auto entries = store_->Read("orders", 0, UINT64_MAX, 1 << 30);
    return entries ? entries->size() : 0;
  }
  void PauseSink() { ASSERT_TRUE(engine().control().PauseSink("main").has_value()); }
  void ResumeSink() { ASSERT_TRUE(engine().control().ResumeSink("main").has_value()); }

  FaultyEnv disk_;
  std::unique_ptr<LevelDbJournal> store_;
};

Sent Keyed(std::int64_t sequence) {
  Sent sent = Number(sequence, std::to_string(sequence));
  sent.key = "k";
  return sent;
}

TEST_F(JournalTest, AnAcceptedEventComesToTheSinkAndLeavesTheJournal) {
  Start(Journaled());
  EXPECT_THAT(Send("orders", {Number(1), Number(2)}).Verdicts(), Each(kAccepted));
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 2);
  Stop();
  Start(Journaled());
  EXPECT_EQ(EntriesOnDisk(), 0U);
}

TEST_F(JournalTest, WhatIsAcceptedWhileTheSinkIsAwayArrivesOnceAndInOrder) {
  StartWithSinkAway(Journaled());
  for (std::int64_t sequence = 1; sequence <= 50; ++sequence) {
    ASSERT_EQ(SendOne("orders", Keyed(sequence)), kAccepted);
  }
  EXPECT_EQ(PendingEvents(), 50U);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(ValueOf("orders", "k"), "50");
  EXPECT_EQ(AskSink(Keyed(50)), kDuplicate);
}

TEST_F(JournalTest, AResendOfAPendingEventIsAcceptedAgainAndIsADuplicateInTheEnd) {
  StreamSpec spec = Journaled();
  spec.target.kind = TargetKind::kAppend;
  StartWithSinkAway(spec);
  EXPECT_EQ(SendOne("orders", Number(1)), kAccepted);
  EXPECT_EQ(SendOne("orders", Number(1)), kAccepted);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 1);
  EXPECT_EQ(SendOne("orders", Number(1)), kDuplicate) << "settled, and the sink can be asked";
}

TEST_F(JournalTest, WhatTheSinkCouldNotConfirmAsADuplicateIsAcceptedInstead) {
  StreamSpec spec = Journaled();
  spec.request_timeout = std::chrono::milliseconds(300);
  Start(spec);
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  AwaitDrained();
  faults_.away = true;  // Nobody has noticed yet.
  EXPECT_EQ(SendOne("orders", Number(1)), kAccepted);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(JournalTest, AckSinkWaitsBehindWhatIsPendingOfItsProducer) {
  Start(Journaled(DedupeMode::kStrict));
  PauseSink();
  ASSERT_EQ(SendOne("orders", Number(0)), kAccepted);
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  const auto waiting = SubmitToSink({Number(2)});
  EXPECT_FALSE(IsAnswered(waiting));
  ResumeSink();
  EXPECT_THAT(Answered(waiting), ElementsAre(kApplied));
  EXPECT_EQ(RowCount("orders"), 3);
}

TEST_F(JournalTest, AfterARestartWhatIsPendingGoesBeforeAnythingNew) {
  StartWithSinkAway(Journaled(DedupeMode::kStrict));
  for (std::int64_t sequence = 0; sequence < 20; ++sequence) {
    ASSERT_EQ(SendOne("orders", Number(sequence)), kAccepted);
  }
  Stop();
  Start(Journaled(DedupeMode::kStrict));
  const auto waiting = SubmitToSink({Number(20)});
  faults_.away = false;
  EXPECT_THAT(Answered(waiting), ElementsAre(kApplied));
  EXPECT_EQ(RowCount("orders"), 21);
  AwaitDrained();
}

TEST_F(JournalTest, ARestartBetweenCommitAndRemovalWritesNothingTwice) {
  StreamSpec spec = Journaled();
  spec.target.kind = TargetKind::kAppend;
  StartWithSinkAway(spec);
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  Stop();
  // The folder as it was before anything was removed.
  std::filesystem::copy(folder_ / "journal", folder_ / "before");
  Start(spec);
  faults_.away = false;
  AwaitDrained();
  Stop();
  std::filesystem::remove_all(folder_ / "journal");
  std::filesystem::rename(folder_ / "before", folder_ / "journal");
  Start(spec);
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(JournalTest, BeyondItsBytesNothingMoreIsAcceptedUntilItIsDrained) {
  settings_.journal_bytes = 2'000;
  StartWithSinkAway(Journaled());
  std::int64_t accepted = 0;
  while (Send("orders", {Number(accepted, "\"" + std::string(200, 'x') + "\"")}).outcome ==
         SubmitOutcome::kAdmitted) {
    ++accepted;
  }
  EXPECT_GT(accepted, 3);
  EXPECT_LT(accepted, 10);
  EXPECT_EQ(PendingEvents(), static_cast<std::uint64_t>(accepted));
  EXPECT_EQ(Send("orders", {Number(100), Number(101, std::string(2'000, '1'))}).outcome,
            SubmitOutcome::kJournalFull);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), accepted) << "a refused request was taken in part";
  EXPECT_EQ(SendOne("orders", Number(accepted)), kAccepted);
}

TEST_F(JournalTest, BeyondItsAgeNothingMoreIsAcceptedUntilItIsDrained) {
  settings_.journal_age = std::chrono::hours(1);
  StartWithSinkAway(Journaled());
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  clock_.AdvanceWall(std::chrono::hours(2));
  EXPECT_EQ(Send("orders", {Number(2)}).outcome, SubmitOutcome::kJournalFull);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(SendOne("orders", Number(2)), kAccepted);
}

TEST_F(JournalTest, AFailingDiskAcceptsNothingAndWhatItRefusedDoesNotTurnUp) {
  StartWithSinkAway(Journaled());
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  disk_.FailSyncs(true);
  EXPECT_EQ(SendOne("orders", Number(2)), kRetry);
  EXPECT_EQ(SendOne("orders", Number(3)), kRetry);
  EXPECT_EQ(PendingEvents(), 1U);
  disk_.FailSyncs(false);
  const SteadyTime deadline = clock_.Now() + std::chrono::seconds(20);
  while (SendOne("orders", Number(4)) != kAccepted) ASSERT_LT(clock_.Now(), deadline);
  Restart(Journaled());
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_EQ(AskSink(Number(2)), kApplied) << "it was refused, and new when it was sent again";
}

TEST_F(JournalTest, MoreThanMemoryMayHoldWaitsOnDiskAndKeepsItsOrder) {
  settings_.queue_bytes_per_lane = 16 * 1024;
  StartWithSinkAway(Journaled(DedupeMode::kStrict));
  constexpr std::int64_t kBatches = 100;
  for (std::int64_t b = 0; b < kBatches; ++b) {
    std::vector<Sent> events;
    for (std::int64_t e = 0; e < 5; ++e) events.push_back(Number(5 * b + e, std::string(100, '1')));
    ASSERT_THAT(Send("orders", events).Verdicts(), Each(kAccepted));
  }
  const auto waiting = SubmitToSink({Number(5 * kBatches)});
  faults_.away = false;
  EXPECT_THAT(Answered(waiting), ElementsAre(kApplied));
  EXPECT_EQ(RowCount("orders"), 5 * kBatches + 1);
  AwaitDrained();
}

TEST_F(JournalTest, AStrictStreamAnswersRetryWhereWhatComesBeforeMayBePending) {
  StartWithSinkAway(Journaled(DedupeMode::kStrict));
  ASSERT_EQ(SendOne("orders", Number(0)), kAccepted);
  const Answer early = Send("orders", {Number(5)});
  EXPECT_THAT(early.Verdicts(), ElementsAre(kRetry));
  EXPECT_EQ(early.results.front().code, Code::kBlocked);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(AskSink(Number(5)), kRetry) << "it may be pending in another instance";
  EXPECT_EQ(SendOne("orders", Number(1)), kAccepted);
}

TEST_F(JournalTest, WhatMayBeAGapIsNotAcceptedWhileTheLedgerCanNotTell) {
  Start(Journaled(DedupeMode::kStrict));
  const auto waiting = SubmitToSink({Number(0)});
  EXPECT_THAT(Answered(waiting), ElementsAre(kApplied));
  faults_.away = true;
  Answer early;
  std::shared_ptr<Batch> batch = MakeBatch(&engine(), "orders", {Number(7)});
  std::atomic<bool> answered{false};
  batch->on_complete = [&](std::vector<EventResult> results) {
    early.results = std::move(results);
    answered = true;
  };
  batch->deadline = clock_.Now() + std::chrono::milliseconds(300);
  ASSERT_EQ(engine().Submit(batch), SubmitOutcome::kAdmitted);
  const SteadyTime deadline = clock_.Now() + std::chrono::seconds(20);
  while (!answered && clock_.Now() < deadline) std::this_thread::yield();
  EXPECT_THAT(early.Verdicts(), ElementsAre(kRetry));
  EXPECT_EQ(PendingEvents(), 0U);
  faults_.away = false;
}

TEST_F(JournalTest, TheStateTellsWhatIsAcceptedBesideWhatIsApplied) {
  Start(Journaled());
  ASSERT_EQ(AskSink(Number(0)), kApplied);
  PauseSink();
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  ASSERT_EQ(SendOne("orders", Number(2)), kAccepted);
  ASSERT_EQ(SendOne("orders", Number(9)), kAccepted);
  const auto report = ReadProducer("orders", "p");
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->window.contiguous_through, 0);
  EXPECT_EQ(report->accepted_through, 2);
  Sent other = Number(0);
  other.producer = "q";
  ASSERT_EQ(SendOne("orders", other), kAccepted);
  EXPECT_EQ(ReadProducer("orders", "q")->accepted_through, 0) << "the ledger does not know it yet";
  EXPECT_FALSE(ReadProducer("orders", "r").has_value());
  ResumeSink();
  AwaitDrained();
  EXPECT_EQ(ReadProducer("orders", "p")->accepted_through, 2);
}

TEST_F(JournalTest, WhatIsPendingCanNotBeForgotten) {
  Start(Journaled());
  ASSERT_EQ(AskSink(Number(0)), kApplied);
  PauseSink();
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  PurgeRequest request;
  request.stream = "orders";
  request.mode = PurgeMode::kForget;
  request.dry_run = false;
  for (const char* selector : {"p", ""}) {
    request.producer = std::nullopt;
    request.producer_prefix = std::nullopt;
    (*selector == 'p' ? request.producer : request.producer_prefix) = selector;
    const auto refused = Purge(request);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ControlErrorKind::kPending);
  }
  ResumeSink();
  AwaitDrained();
  EXPECT_TRUE(Purge(request).has_value());
}

TEST_F(JournalTest, AStopDoesNotWaitForASinkThatIsAway) {
  StartWithSinkAway(Journaled());
  ASSERT_EQ(SendOne("orders", Number(1)), kAccepted);
  const SteadyTime begun = clock_.Now();
  Stop();
  EXPECT_LT(clock_.Now() - begun, std::chrono::seconds(8));
  faults_.away = false;
  Start(Journaled());
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 1);
}

TEST_F(JournalTest, AnIdIsADuplicateOnlyOnceItIsInTheSink) {
  StartWithSinkAway(Journaled(DedupeMode::kId));
  Sent sent;
  sent.id = "a";
  EXPECT_EQ(SendOne("orders", sent), kAccepted);
  EXPECT_EQ(SendOne("orders", sent), kAccepted);
  faults_.away = false;
  AwaitDrained();
  EXPECT_EQ(RowCount("orders"), 1);
  EXPECT_EQ(SendOne("orders", sent), kDuplicate);
}

}  // namespace
}  // namespace oncegate::testing
