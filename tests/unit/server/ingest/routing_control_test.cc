// What administrators and resuming producers ask of a stream with two sinks.
#include <thread>

#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using enum Verdict;

class RoutedControl : public EngineFixture {
 protected:
  RoutedControl() { search_faults_ = std::make_unique<SinkFaults>(); }

  void Start(DedupeMode mode = DedupeMode::kWindow) {
    StreamSpec spec = Stream("orders", mode);
    spec.target.kind = TargetKind::kAppend;
    spec.further_sinks = {{"search", TargetKind::kAppend}};
    spec.request_timeout = std::chrono::milliseconds(400);
    spec.keeps_dead_letters = true;
    ASSERT_TRUE(StartEngine({spec}).has_value());
  }
  /// Of these the second sink gets nothing.
  void SendToMainOnly(std::vector<Sent> events) {
    search_faults_->away = true;
    EXPECT_THAT(Send("orders", std::move(events)).Verdicts(), Each(kRetry));
    search_faults_->away = false;
  }
  /// Sends until both sinks are there.
  std::vector<Verdict> SendAgain(const std::vector<Sent>& events) {
    for (;;) {
      std::vector<Verdict> verdicts = Send("orders", events).Verdicts();
      if (verdicts.front() != kRetry) return verdicts;
    }
  }
  static Sent InEpoch(std::int64_t epoch, std::int64_t sequence) {
    Sent sent = Number(sequence);
    sent.epoch = epoch;
    return sent;
  }
  static BumpRequest BumpFrom(std::int64_t epoch, BumpSequence sequence, std::string key = "") {
    return {"orders", "p", {epoch}, sequence, std::move(key)};
  }
  /// A bump that the first sink has and the second has not.
  void BumpMainOnly(const BumpRequest& request) {
    // The first commit of each sink confirms what was read; from the bump of the first one on the
    // other takes none.
    faults_.BeforeNextCommit([this] {
      faults_.BeforeNextCommit([this] { search_faults_->commits_aborted = 1'000'000; });
    });
    std::optional<ControlErrorKind> kind;
    std::atomic<bool> answered{false};
    engine().control().Bump(request, clock_.Now() + std::chrono::milliseconds(300),
                            [&](ControlResult<ProducerReport> report) {
                              if (!report) kind = report.error().kind;
                              answered = true;
                            });
    while (!answered) std::this_thread::yield();
    EXPECT_EQ(kind, ControlErrorKind::kUnavailable);
    search_faults_->commits_aborted = 0;
  }
  std::vector<std::int64_t> Rows() const {
    return {RowCount("orders"), RowCount("orders", kSearchFile)};
  }
};

TEST_F(RoutedControl, AProducerReadsWhatBothSinksHave) {
  Start();
  Send("orders", {Number(0), Number(1), Number(2)});
  SendToMainOnly({Number(3), Number(4), Number(7)});
  const auto report = ReadProducer("orders", "p");
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->window.contiguous_through, 2);
  EXPECT_EQ(report->window.highest_sequence, 7);
  EXPECT_THAT(report->window.missing, ElementsAre(SequenceRange{3, 7}));
  EXPECT_THAT(SendAgain({Number(3), Number(4), Number(7)}), Each(kApplied));
  EXPECT_THAT(ReadProducer("orders", "p")->window.missing, ElementsAre(SequenceRange{5, 6}));
  EXPECT_THAT(Rows(), ElementsAre(6, 6));
}

TEST_F(RoutedControl, InOrderedStreamsTheSinkThatIsBehindSaysWhereToGoOn) {
  for (const DedupeMode mode : {DedupeMode::kStrict, DedupeMode::kMonotonic}) {
    StopEngine();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Start(mode);
    Send("orders", {Number(0), Number(1)});
    SendToMainOnly({Number(2), Number(3)});
    const auto report = ReadProducer("orders", "p");
    EXPECT_EQ(report->window.contiguous_through, 1) << ToString(mode);
    EXPECT_EQ(report->window.highest_sequence, 1) << ToString(mode);
    EXPECT_THAT(report->window.missing, IsEmpty());
  }
}

TEST_F(RoutedControl, WhatASinkHasOfAnEarlierEpochCountsForNothing) {
  Start();
  Send("orders", {Number(0), Number(1)});
  SendToMainOnly({InEpoch(4, 0)});
  const auto report = ReadProducer("orders", "p");
  EXPECT_EQ(report->epoch.value, 4);
  EXPECT_FALSE(report->window.contiguous_through.has_value());
  EXPECT_THAT(report->window.missing, ElementsAre(SequenceRange{0, 0}));
}

TEST_F(RoutedControl, ProducersOfEitherSinkAreListed) {
  Start();
  Sent early = Number(0);
  early.producer = "early";
  SendToMainOnly({early});
  SendAgain({Number(0)});
  Sent last = Number(0);
  last.producer = "z";
  SendToMainOnly({last});
  std::vector<std::string> listed;
  std::optional<std::string> after = "";
  while (after) {
    std::atomic<bool> answered{false};
    engine().control().ListProducers(
        {"orders", "", {*after, 1}}, clock_.Now() + std::chrono::seconds(10),
        [&](ControlResult<Listing<ProducerReport>> page) {
          for (const auto& item : page->items) {
            listed.push_back(item.producer + ":" +
                             std::to_string(item.window.contiguous_through.value_or(-1)));
          }
          after = page->next;
          answered = true;
        });
    while (!answered) std::this_thread::yield();
  }
  EXPECT_THAT(listed, ElementsAre("early:-1", "p:0", "z:-1"));
}

TEST_F(RoutedControl, ABumpFencesInBothSinks) {
  Start();
  SendOne("orders", Number(0));
  ASSERT_TRUE(Bump(BumpFrom(0, BumpSequence::kReset)).has_value());
  EXPECT_EQ(SendOne("orders", Number(1)), kFenced);
  EXPECT_EQ(SendOne("orders", InEpoch(1, 0)), kApplied);
  EXPECT_THAT(Rows(), ElementsAre(2, 2));
  EXPECT_EQ(Bump(BumpFrom(0, BumpSequence::kReset)).error().current_epoch, Epoch{1});
  EXPECT_EQ(Bump({"orders", "nobody", {0}, BumpSequence::kReset, ""}).error().kind,
            ControlErrorKind::kNotFound);
}

TEST_F(RoutedControl, AHalfDoneBumpIsFinishedByTheSameKey) {
  Start();
  Send("orders", {Number(0), Number(1)});
  const BumpRequest request = BumpFrom(0, BumpSequence::kContinue, "bump-1");
  BumpMainOnly(request);
  // A rival does not win what is half done.
  EXPECT_EQ(Bump(BumpFrom(0, BumpSequence::kReset, "other")).error().current_epoch, Epoch{1});
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto done = Bump(request);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(done->epoch.value, 1);
    EXPECT_EQ(done->window.contiguous_through, 1);
  }
  EXPECT_THAT(Send("orders", {InEpoch(1, 1), InEpoch(1, 2)}).Verdicts(),
              ElementsAre(kDuplicate, kApplied));
}

TEST_F(RoutedControl, AHalfDoneBumpIsOvertakenByTheNext) {
  Start();
  SendOne("orders", Number(0));
  BumpMainOnly(BumpFrom(0, BumpSequence::kReset));
  EXPECT_EQ(Bump(BumpFrom(0, BumpSequence::kReset)).error().current_epoch, Epoch{1});
  EXPECT_EQ(Bump(BumpFrom(1, BumpSequence::kContinue)).error().kind,
            ControlErrorKind::kEpochMismatch);
  const auto next = Bump(BumpFrom(1, BumpSequence::kReset));
  ASSERT_TRUE(next.has_value()) << next.error().message;
  EXPECT_EQ(next->epoch.value, 2);
  EXPECT_EQ(SendOne("orders", InEpoch(1, 9)), kFenced);
  EXPECT_EQ(SendOne("orders", InEpoch(2, 0)), kApplied);
  EXPECT_THAT(Rows(), ElementsAre(2, 2));
}

TEST_F(RoutedControl, ABumpFencesWhereTheProducerWasUnknown) {
  Start();
  SendToMainOnly({Number(0)});
  ASSERT_TRUE(Bump(BumpFrom(0, BumpSequence::kReset)).has_value());
  EXPECT_EQ(SendOne("orders", Number(0)), kFenced);
  EXPECT_THAT(Rows(), ElementsAre(1, 0));
}

TEST_F(RoutedControl, ForgettingReachesBothSinks) {
  Start();
  Send("orders", {Number(0), Number(1)});
  PurgeRequest forget;
  forget.stream = "orders";
  forget.producer = "p";
  forget.mode = PurgeMode::kForget;
  const auto plan = Purge(forget);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->producers, 1U);
  EXPECT_THAT(plan->sample, ElementsAre("p"));
  forget.dry_run = false;
  search_faults_->commits_lost_after = 1;
  ASSERT_TRUE(Purge(forget).has_value());
  EXPECT_THAT(Send("orders", {Number(0), Number(1)}).Verdicts(), Each(kApplied));
  EXPECT_THAT(Rows(), ElementsAre(4, 4));
}

TEST_F(RoutedControl, NothingIsPurgedWhileASinkIsAway) {
  Start();
  SendOne("orders", Number(0));
  search_faults_->away = true;
  PurgeRequest forget;
  forget.stream = "orders";
  forget.producer = "p";
  forget.mode = PurgeMode::kForget;
  forget.dry_run = false;
  std::optional<ControlErrorKind> kind;
  std::atomic<bool> answered{false};
  engine().control().Purge(forget, clock_.Now() + std::chrono::milliseconds(300),
                           [&](ControlResult<PurgeReport> report) {
                             if (!report) kind = report.error().kind;
                             answered = true;
                           });
  while (!answered) std::this_thread::yield();
  EXPECT_EQ(kind, ControlErrorKind::kUnavailable);
  search_faults_->away = false;
  EXPECT_THAT(SendAgain({Number(0)}), ElementsAre(kDuplicate));
}

TEST_F(RoutedControl, LettersOfBothSinksAreListedOnceAndReplayedInEach) {
  Start();
  SendOne("orders", Number(0));
  for (const char* file : {kMainFile, kSearchFile}) {
    SqlRun(
        "CREATE TRIGGER no_poison BEFORE INSERT ON orders WHEN NEW.value = '\"poison\"' "
        "BEGIN SELECT RAISE(ABORT, 'poison'); END",
        file);
  }
  EXPECT_EQ(SendOne("orders", Number(1, "\"poison\"")), kDeadLettered);
  EXPECT_EQ(observer_.dead_letters, 2U);
  const auto listed = ListLetters({"orders", {}});
  ASSERT_THAT(listed->items, SizeIs(1));
  SqlRun("DROP TRIGGER no_poison", kSearchFile);
  LetterRequest replay;
  replay.ids = {listed->items[0].id};
  replay.dry_run = false;
  const auto first = Replay(replay);
  EXPECT_EQ(first->applied, 1U);
  EXPECT_THAT(first->refused, SizeIs(1));
  EXPECT_THAT(Rows(), ElementsAre(1, 2));
  SqlRun("DROP TRIGGER no_poison");
  EXPECT_EQ(Replay(replay)->applied, 1U);
  EXPECT_THAT(Rows(), ElementsAre(2, 2));
  EXPECT_EQ(observer_.dead_letters, 0U);
}

}  // namespace
}  // namespace oncegate::testing
