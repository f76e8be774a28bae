// One stream, two sinks: an event is settled when both have it, and neither has it twice.
#include <thread>

#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum Verdict;

class Routed : public EngineFixture {
 protected:
  Routed() { search_faults_ = std::make_unique<SinkFaults>(); }

  /// Rows are appended, so that what is written twice shows.
  StreamSpec ToBoth(DedupeMode mode = DedupeMode::kWindow, TargetKind kind = TargetKind::kAppend) {
    StreamSpec spec = Stream("orders", mode);
    spec.target.kind = kind;
    spec.further_sinks = {{"search", kind}};
    spec.request_timeout = std::chrono::milliseconds(400);
    return spec;
  }
  void Start(const StreamSpec& spec) {
    const Status started = StartEngine({spec}, 2);
    ASSERT_TRUE(started.has_value()) << started.error().message;
  }
  /// How many rows each sink has.
  std::vector<std::int64_t> Rows() const {
    return {RowCount("orders"), RowCount("orders", kSearchFile)};
  }
  void Poison(const char* file) {
    SqlRun(
        "CREATE TRIGGER no_poison BEFORE INSERT ON orders WHEN NEW.value = '\"poison\"' "
        "BEGIN SELECT RAISE(ABORT, 'poison'); END",
        file);
  }
  void Mend(const char* file) { SqlRun("DROP TRIGGER no_poison", file); }
};

TEST_F(Routed, AnEventIsSettledWhenBothSinksHaveIt) {
  Start(ToBoth());
  EXPECT_THAT(Send("orders", {Number(1), Number(2)}).Verdicts(), ElementsAre(kApplied, kApplied));
  EXPECT_THAT(Rows(), ElementsAre(2, 2));
  EXPECT_THAT(Send("orders", {Number(1), Number(3)}).Verdicts(), ElementsAre(kDuplicate, kApplied));
  EXPECT_THAT(Rows(), ElementsAre(3, 3));
  EXPECT_EQ(observer_.verdicts, 4U);
}

TEST_F(Routed, NothingIsSettledWhileOneSinkIsAway) {
  Start(ToBoth());
  SendOne("orders", Number(1));
  search_faults_->away = true;
  EXPECT_THAT(Send("orders", {Number(2), Number(3)}).Verdicts(), Each(kRetry));
  EXPECT_THAT(Rows(), ElementsAre(3, 1));
  search_faults_->away = false;
  Answer again;
  do {
    again = Send("orders", {Number(2), Number(3)});
  } while (again.results.front().verdict == kRetry);
  EXPECT_THAT(again.Verdicts(), Each(kApplied));
  EXPECT_THAT(Rows(), ElementsAre(3, 3));
}

TEST_F(Routed, TheSecondSinkIsNotWaitedForLongerThanTheRequest) {
  Start(ToBoth());
  faults_.away = true;
  const Answer answer = Send("orders", {Number(1)});
  EXPECT_EQ(answer.results.front().verdict, kRetry);
  EXPECT_EQ(answer.results.front().code, Code::kDeadlineExceeded);
  EXPECT_EQ(RowCount("orders", kSearchFile), 1);
}

TEST_F(Routed, WhatOneSinkRejectsIsRejectedAndIsInTheOther) {
  Start(ToBoth());
  SendOne("orders", Number(1));
  Poison(kSearchFile);
  const Answer answer = Send("orders", {Number(2, "\"poison\""), Number(3)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kRejected, kApplied));
  EXPECT_THAT(answer.results.front().text->detail, HasSubstr("poison"));
  EXPECT_THAT(Rows(), ElementsAre(3, 2));
  Mend(kSearchFile);
  EXPECT_EQ(SendOne("orders", Number(2, "\"poison\"")), kApplied);
  EXPECT_EQ(SendOne("orders", Number(2, "\"poison\"")), kDuplicate);
  EXPECT_THAT(Rows(), ElementsAre(3, 3));
}

TEST_F(Routed, ALostCommitOfOneSinkDoublesNothing) {
  Start(ToBoth());
  search_faults_->commits_lost_after = 1;
  EXPECT_EQ(SendOne("orders", Number(1)), kApplied);
  faults_.commits_lost_before = 1;
  EXPECT_EQ(SendOne("orders", Number(2)), kApplied);
  EXPECT_THAT(Rows(), ElementsAre(2, 2));
}

TEST_F(Routed, ASinkThatIsBehindIsCaughtUpByWhatItExpects) {
  StreamSpec spec = ToBoth(DedupeMode::kStrict);
  Start(spec);
  SendOne("orders", Number(0));
  Poison(kSearchFile);
  EXPECT_EQ(SendOne("orders", Number(1, "\"poison\"")), kRejected);
  Mend(kSearchFile);
  const Answer ahead = Send("orders", {Number(2)});
  EXPECT_EQ(ahead.results.front().verdict, kGap);
  EXPECT_EQ(ahead.results.front().hint, 1);
  EXPECT_THAT(Send("orders", {Number(1, "\"poison\""), Number(2)}).Verdicts(), Each(kApplied));
  EXPECT_THAT(Rows(), ElementsAre(3, 3));
}

TEST_F(Routed, IdsAreRememberedForEachSink) {
  Start(ToBoth(DedupeMode::kId));
  const auto named = [](const std::string& id) {
    Sent sent;
    sent.id = id;
    return sent;
  };
  search_faults_->away = true;
  EXPECT_EQ(SendOne("orders", named("a")), kRetry);
  search_faults_->away = false;
  Verdict verdict = kRetry;
  while (verdict == kRetry) verdict = SendOne("orders", named("a"));
  EXPECT_EQ(verdict, kApplied);
  EXPECT_EQ(SendOne("orders", named("a")), kDuplicate);
  EXPECT_THAT(Rows(), ElementsAre(1, 1));
}

TEST_F(Routed, EachSinkHasItsOwnCapOfIds) {
  StreamSpec spec = ToBoth(DedupeMode::kId);
  spec.ids_max = 2;
  Start(spec);
  search_faults_->away = true;
  const auto named = [](const std::string& id) {
    Sent sent;
    sent.id = id;
    return sent;
  };
  Send("orders", {named("a"), named("b")});
  EXPECT_EQ(Send("orders", {named("c")}).outcome, SubmitOutcome::kIdCapacity);
  search_faults_->away = false;
  Verdict verdict = kRetry;
  while (verdict == kRetry) verdict = Send("orders", {named("a"), named("b")}).Verdicts().front();
  EXPECT_EQ(verdict, kApplied);
}

TEST_F(Routed, TheLedgersAloneTellAfterTheIndexIsGone) {
  const StreamSpec spec = ToBoth();
  Start(spec);
  Send("orders", {Number(1), Number(2)});
  StopEngine();
  DeleteIndex();
  Start(spec);
  EXPECT_THAT(Send("orders", {Number(1), Number(2), Number(3)}).Verdicts(),
              ElementsAre(kDuplicate, kDuplicate, kApplied));
  EXPECT_THAT(Rows(), ElementsAre(3, 3));
  EXPECT_EQ(observer_.ledger_conflicts, 0U);
}

TEST_F(Routed, TheIndexKeepsTheSinksApart) {
  Start(ToBoth());
  for (std::int64_t sequence = 0; sequence < 20; ++sequence) SendOne("orders", Number(sequence));
  EXPECT_EQ(SendOne("orders", Number(5, "2")), kConflict);
  EXPECT_EQ(observer_.ledger_conflicts, 0U);
  EXPECT_EQ(observer_.ledger_regressions, 0U);
}

TEST_F(Routed, ABatchIsQueuedForAllSinksOrForNone) {
  settings_.queue_bytes_per_lane = 1;
  StreamSpec spec = ToBoth();
  spec.request_timeout = std::chrono::seconds(10);
  Start(spec);
  ASSERT_TRUE(engine().control().PauseSink("search").has_value());
  std::vector<Sent> for_every_lane;
  for (int producer = 0; producer < 40; ++producer) {
    for_every_lane.push_back(Number(1));
    for_every_lane.back().producer = std::to_string(producer);
  }
  auto waiting = MakeBatch(&engine(), "orders", for_every_lane);
  waiting->on_complete = [](std::vector<EventResult>) {};
  ASSERT_EQ(engine().Submit(waiting), SubmitOutcome::kAdmitted);
  const auto queued = [&](std::size_t sink) {
    return engine().control().ListSinks({}).items[sink].queue_bytes;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (queued(0) != 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(Send("orders", {Number(2)}).outcome, SubmitOutcome::kQueueFull);
  EXPECT_FALSE(engine().HasRoom(*engine().FindStream("orders").stream, 1));
  EXPECT_EQ(queued(0), 0U);
  ASSERT_TRUE(engine().control().ResumeSink("search").has_value());
}

TEST_F(Routed, StreamsOfAFirstPostGoWhereNewStreamsGo) {
  settings_.stream_defaults.further_sinks = {{"search", TargetKind::kDocument}};
  ASSERT_TRUE(StartEngine().has_value());
  EXPECT_EQ(SendOne("made", Number(1)), kApplied);
  StopEngine();
  ASSERT_TRUE(StartEngine().has_value());
  const auto streams = engine().control().ListStreams({});
  ASSERT_EQ(streams.items.size(), 1U);
  EXPECT_THAT(streams.items[0].sinks, ElementsAre("main", "search"));
  EXPECT_EQ(SendOne("made", Number(2)), kApplied);
  EXPECT_EQ(RowCount("made", kSearchFile), 2);
}

}  // namespace
}  // namespace oncegate::testing
