// Dead letters: what the sink refuses by its data, and what was accepted but can not be settled.
#include "server/ingest/letter.h"

#include "tests/unit/server/ingest/engine_fixture.h"

namespace oncegate::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum Verdict;

class Letters : public EngineFixture {
 protected:
  StreamSpec Keeping(const std::string& name, DedupeMode mode) const {
    StreamSpec spec = Stream(name, mode);
    spec.keeps_dead_letters = true;
    return spec;
  }
  void Start(const std::vector<StreamSpec>& streams) {
    const Status started = StartEngine(streams);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    for (const StreamSpec& spec : streams) {
      SqlRun("CREATE TRIGGER no_poison_" + spec.name + " BEFORE INSERT ON " + spec.name +
             " WHEN NEW.value = '\"poison\"' BEGIN SELECT RAISE(ABORT, 'poison'); END");
    }
  }
  std::int64_t LetterCount() const { return RowCount("oncegate_dead_letters"); }
  std::string ReasonOf(const std::string& key) const {
    return SqlText("SELECT verdict || '/' || code FROM oncegate_dead_letters WHERE key = '" + key +
                   "'");
  }
};

Sent Poison(std::int64_t sequence) { return Number(sequence, "\"poison\""); }

Sent WithId(std::string id, std::string value) {
  Sent sent;
  sent.producer = "";
  sent.id = std::move(id);
  sent.value = std::move(value);
  return sent;
}

Sent WithKey(Sent sent, std::string key) {
  sent.key = std::move(key);
  return sent;
}

TEST_F(Letters, APoisonedEventIsKeptWithItsMarkAndItsNeighboursAreApplied) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  const Answer answer = Send("orders", {Number(1), Poison(2), Number(3)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kApplied, kDeadLettered, kApplied));
  EXPECT_EQ(answer.results[1].code, Code::kDeadLettered);
  EXPECT_THAT(answer.results[1].text->detail, HasSubstr("poison"));
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_EQ(LetterCount(), 1);
  EXPECT_EQ(SqlText("SELECT producer || epoch || seq || value || verdict || code FROM "
                    "oncegate_dead_letters"),
            "p02\"poison\"rejectedsink_rejected");
  EXPECT_EQ(ReadProducer("orders", "p")->window.highest_sequence, 3);
  EXPECT_EQ(observer_.dead_letters, 1U);
}

TEST_F(Letters, AResendOfADeadLetterIsADuplicateEvenWithoutTheIndex) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  EXPECT_EQ(SendOne("orders", Poison(2)), kDeadLettered);
  EXPECT_EQ(SendOne("orders", Poison(2)), kDuplicate);
  EXPECT_EQ(SendOne("orders", Number(2, "7")), kConflict);
  StopEngine();
  DeleteIndex();
  ASSERT_TRUE(StartEngine({Keeping("orders", DedupeMode::kWindow)}).has_value());
  EXPECT_EQ(SendOne("orders", Poison(2)), kDuplicate);
  EXPECT_EQ(LetterCount(), 1);
}

TEST_F(Letters, AStrictStreamGoesOnBehindADeadLetter) {
  Start({Keeping("ledger", DedupeMode::kStrict)});
  EXPECT_THAT(Send("ledger", {Number(0), Poison(1), Number(2)}).Verdicts(),
              ElementsAre(kApplied, kDeadLettered, kApplied));
}

TEST_F(Letters, AnIdIsClaimedByItsDeadLetter) {
  Start({Keeping("hooks", DedupeMode::kId)});
  EXPECT_THAT(
      Send("hooks", {WithId("a", "1"), WithId("b", "\"poison\""), WithId("b", "\"poison\"")})
          .Verdicts(),
      ElementsAre(kApplied, kDeadLettered, kDuplicate));
  EXPECT_EQ(SendOne("hooks", WithId("b", "\"poison\"")), kDuplicate);
  EXPECT_EQ(SendOne("hooks", WithId("b", "2")), kConflict);
  EXPECT_EQ(LetterCount(), 1);
}

TEST_F(Letters, WithoutMarksTheSameEventMakesTheSameLetter) {
  Start({Keeping("rows", DedupeMode::kVersion), Keeping("readings", DedupeMode::kOff)});
  Sent row = WithKey(Number(1, "\"poison\""), "k");
  row.sequence.reset();
  row.version = 5;
  EXPECT_THAT(Send("rows", {row, row}).Verdicts(), ElementsAre(kDeadLettered, kDeadLettered));
  EXPECT_EQ(SendOne("rows", row), kDeadLettered);
  EXPECT_EQ(LetterCount(), 1);
  row.version.reset();
  EXPECT_EQ(SendOne("readings", row), kDeadLettered);
  EXPECT_EQ(SendOne("readings", row), kDeadLettered);
  EXPECT_EQ(LetterCount(), 2);
}

TEST_F(Letters, ABadLastValueOfAKeyDoesNotTakeAGoodEarlierOneWithIt) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  EXPECT_THAT(Send("orders", {WithKey(Number(1, "1"), "k"), WithKey(Poison(2), "k")}).Verdicts(),
              ElementsAre(kApplied, kDeadLettered));
  EXPECT_EQ(ValueOf("orders", "k"), "1");
}

TEST_F(Letters, AnAtomicBatchIsSettledByADeadLetter) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  EXPECT_THAT(SendTo(&engine(), "orders", {Number(1), Poison(2)}, true).Verdicts(),
              ElementsAre(kApplied, kDeadLettered));
  // An offender that is none of the sink's aborts it still, letters and all.
  EXPECT_THAT(SendTo(&engine(), "orders", {Poison(3), Number(1, "other")}, true).Verdicts(),
              ElementsAre(kRetry, kConflict));
  EXPECT_EQ(LetterCount(), 1);
}

TEST_F(Letters, AStreamThatRejectsKeepsNone) {
  Start({Stream("orders", DedupeMode::kWindow)});
  EXPECT_EQ(SendOne("orders", Poison(2)), kRejected);
  EXPECT_EQ(LetterCount(), 0);
  EXPECT_EQ(SendOne("orders", Number(2)), kApplied);
}

TEST_F(Letters, AnEventTooLargeForItsLetterIsRejectedAndItsNeighboursAreApplied) {
  Start({Keeping("orders", DedupeMode::kWindow), Keeping("hooks", DedupeMode::kId)});
  faults_.letter_value_bytes_max = 5;
  const Answer answer = Send("orders", {Number(1), Poison(2), Poison(2), Number(3)});
  EXPECT_THAT(answer.Verdicts(), ElementsAre(kApplied, kRejected, kRejected, kApplied));
  EXPECT_EQ(answer.results[1].code, Code::kSinkRejected);
  EXPECT_THAT(answer.results[1].text->detail, HasSubstr("poison"));
  EXPECT_THAT(answer.results[1].text->detail, HasSubstr("too large to be kept"));
  EXPECT_EQ(SendOne("orders", Number(2)), kApplied) << "it was marked";
  EXPECT_EQ(SendOne("hooks", WithId("a", "\"poison\"")), kRejected);
  EXPECT_EQ(SendOne("hooks", WithId("a", "1")), kApplied) << "it was marked";
  EXPECT_EQ(LetterCount(), 0);
}

TEST_F(Letters, WhatWasAcceptedWaitsUntilItsLetterCanBeKeptAndHoldsItsStreamAlone) {
  Start({Stream("orders", DedupeMode::kWindow), Stream("others", DedupeMode::kWindow)});
  faults_.letter_value_bytes_max = 5;
  const std::shared_ptr<Batch> batch = MakeBatch(&engine(), "orders", {Poison(1)});
  batch->forwarded = true;
  batch->deadline = clock_.Now() + std::chrono::milliseconds(300);
  EXPECT_THAT(SubmitTo(&engine(), batch).Verdicts(), ElementsAre(kRetry));
  EXPECT_EQ(SendOne("others", Number(1)), kApplied);
  faults_.letter_value_bytes_max = 100;
  EXPECT_THAT(Forward("orders", {Poison(1)}).Verdicts(), ElementsAre(kDeadLettered));
  EXPECT_EQ(LetterCount(), 1);
}

TEST_F(Letters, AMissingTableMakesNoLetters) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  SqlRun("DROP TABLE orders");
  std::vector<Sent> events{Number(1)};
  const std::shared_ptr<Batch> batch = MakeBatch(&engine(), "orders", events);
  batch->deadline = clock_.Now() + std::chrono::milliseconds(200);
  EXPECT_THAT(SubmitTo(&engine(), batch).Verdicts(), ElementsAre(kRetry));
  EXPECT_EQ(LetterCount(), 0);
}

TEST_F(Letters, ACommitWithoutAnAnswerKeepsALetterOnce) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  faults_.commits_lost_after = 1;
  EXPECT_THAT(Send("orders", {Number(1), Poison(2)}).Verdicts(),
              ElementsAre(kApplied, kDeadLettered));
  faults_.commits_lost_before = 1;
  EXPECT_THAT(Send("orders", {Number(3), Poison(4)}).Verdicts(),
              ElementsAre(kApplied, kDeadLettered));
  EXPECT_EQ(LetterCount(), 2);
  EXPECT_EQ(RowCount("orders"), 2);
  EXPECT_EQ(SendOne("orders", Poison(4)), kDuplicate);
}

TEST_F(Letters, AnAbortedCommitKeepsNeitherMarkNorLetter) {
  Start({Keeping("orders", DedupeMode::kWindow)});
  std::int64_t letters = -1;
  faults_.commits_aborted = 1;
  faults_.BeforeNextCommit([&] { letters = LetterCount(); });
  EXPECT_EQ(SendOne("orders", Poison(1)), kDeadLettered);
  EXPECT_EQ(letters, 0) << "written outside of the transaction";
  EXPECT_EQ(LetterCount(), 1);
  EXPECT_EQ(SendOne("orders", Poison(1)), kDuplicate);
}

TEST_F(Letters, WhatWasAcceptedIsKeptWhateverRefusesIt) {
  Start({Stream("orders", DedupeMode::kWindow)});
  Sent newer = Number(0);
  newer.epoch = 4;
  Send("orders", {newer, Number(1)});
  Sent other = WithKey(newer, "other");
  other.value = "2";
  const Answer answer = Forward("orders", {newer, other, WithKey(Number(5), "stale"), [&] {
                                             Sent poison = WithKey(Poison(7), "bad");
                                             poison.epoch = 4;
                                             return poison;
                                           }()});
  EXPECT_THAT(answer.Verdicts(),
              ElementsAre(kDuplicate, kDeadLettered, kDeadLettered, kDeadLettered));
  EXPECT_EQ(LetterCount(), 3);
  EXPECT_EQ(ReasonOf("other"), "conflict/payload_mismatch");
  EXPECT_EQ(ReasonOf("stale"), "fenced/stale_epoch");
  EXPECT_EQ(ReasonOf("bad"), "rejected/sink_rejected");
  // Only what the sink refused is marked; the state says what it said.
  EXPECT_EQ(ReadProducer("orders", "p")->window.highest_sequence, 7);
  EXPECT_EQ(SendOne("orders", WithKey(Number(5), "stale")), kFenced);
}

TEST_F(Letters, ForwardingAgainKeepsNothingTwice) {
  Start({Stream("orders", DedupeMode::kWindow)});
  EXPECT_EQ(SendOne("orders", Number(1, "1")), kApplied);
  const std::vector<Sent> events{Number(1, "2"), Poison(2)};
  faults_.commits_lost_after = 1;
  EXPECT_THAT(Forward("orders", events).Verdicts(), Each(kDeadLettered));
  EXPECT_THAT(Forward("orders", events).Verdicts(), ElementsAre(kDeadLettered, kDuplicate));
  faults_.commits_lost_after = 1;
  EXPECT_THAT(Forward("orders", {Number(1, "2")}).Verdicts(), Each(kDeadLettered));
  EXPECT_EQ(LetterCount(), 2);
}

TEST_F(Letters, WhatWasAcceptedBelowTheFloorIsKeptAndNotMarked) {
  Start({Stream("orders", DedupeMode::kWindow)});
  EXPECT_EQ(SendOne("orders", Number(9)), kApplied);
  PurgeRequest seal;
  seal.stream = "orders";
  seal.producer = "p";
  seal.mode = PurgeMode::kSeal;
  seal.dry_run = false;
  ASSERT_TRUE(Purge(seal).has_value());
  EXPECT_THAT(Forward("orders", {WithKey(Number(4), "old")}).Verdicts(), Each(kDeadLettered));
  EXPECT_EQ(ReasonOf("old"), "too_old/below_floor");
  EXPECT_EQ(SendOne("orders", Number(4)), kTooOld);
}

TEST_F(Letters, AGapOfWhatWasAcceptedIsKeptOnlyWhenNothingCanFillIt) {
  Start({Stream("ledger", DedupeMode::kStrict)});
  EXPECT_THAT(Forward("ledger", {WithKey(Number(1), "k")}).Verdicts(), Each(kGap));
  EXPECT_EQ(LetterCount(), 0);
  EXPECT_THAT(Forward("ledger", {WithKey(Number(1), "k")}, true).Verdicts(), Each(kDeadLettered));
  EXPECT_EQ(ReasonOf("k"), "gap/sequence_gap");
  EXPECT_THAT(Send("ledger", {Number(0), Number(1)}).Verdicts(), Each(kApplied));
}

TEST(LetterOfAnEvent, IsTheSameForTheSameEventAlone) {
  Event event;
  event.producer = "p";
  event.sequence = Sequence{1};
  event.key = "k";
  event.fingerprint = {1, 2};
  const auto id = [](const Event& e, DedupeMode mode = DedupeMode::kWindow) {
    return MakeLetter("orders", mode, e, {}, WallTime{}).id;
  };
  const std::string first = id(event);
  EXPECT_EQ(StreamOfLetter(first), "orders");
  EXPECT_EQ(id(event), first);
  Event other = event;
  other.producer = "q";
  EXPECT_NE(id(other), first);
  EXPECT_EQ(id(other, DedupeMode::kVersion), id(event, DedupeMode::kVersion));
  other = event;
  other.epoch = Epoch{1};
  EXPECT_NE(id(other), first);
  other = event;
  other.sequence = Sequence{2};
  EXPECT_NE(id(other), first);
  other = event;
  other.fingerprint = {1, 3};
  EXPECT_NE(id(other), first);
  EXPECT_NE(MakeLetter("orders2", DedupeMode::kWindow, event, {}, WallTime{}).id, first);
  EXPECT_EQ(StreamOfLetter("nonsense"), "");
}

}  // namespace
}  // namespace oncegate::testing
