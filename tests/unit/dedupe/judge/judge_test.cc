#include "dedupe/judge/judge.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/sequence_max.h"

namespace oncegate {
namespace {

/// One producer of one stream, as the ledger knows it.
class Ledger {
 public:
  explicit Ledger(DedupeMode mode, std::size_t ranges_max = 256)
      : rules_{.mode = mode, .ranges_max = ranges_max} {}

  void Holds(std::int64_t epoch, Window window) {
    state_ = {.known = true, .epoch = Epoch{epoch}, .window = std::move(window), .bump = {}};
  }
  Judgement Send(std::int64_t epoch, std::int64_t sequence,
                 std::optional<std::int64_t> after = std::nullopt) {
    return JudgeSequenced(rules_, {Epoch{epoch}, Sequence{sequence}, after}, &state_);
  }
  ProducerState& state() { return state_; }

 private:
  JudgeRules rules_;
  ProducerState state_;
};

void ExpectJudgement(const Judgement& judgement, Verdict verdict, Code code,
                     std::int64_t hint = -1) {
  EXPECT_EQ(ToString(judgement.verdict), ToString(verdict));
  EXPECT_EQ(ToString(judgement.code), ToString(code));
  EXPECT_EQ(judgement.hint, hint);
}

void ExpectApplied(const Judgement& judgement) {
  ExpectJudgement(judgement, Verdict::kApplied, Code::kApplied);
}
void ExpectDuplicate(const Judgement& judgement) {
  ExpectJudgement(judgement, Verdict::kDuplicate, Code::kDuplicate);
}
void ExpectTooOld(const Judgement& judgement) {
  ExpectJudgement(judgement, Verdict::kTooOld, Code::kBelowFloor);
}

TEST(Judge, AJudgementThatNobodySetIsNotSettled) {
  EXPECT_EQ(Judgement{}.verdict, Verdict::kRetry);
}

TEST(JudgeEpoch, AnUnknownProducerMayStartInAnyEpoch) {
  Ledger ledger(DedupeMode::kWindow);
  ExpectApplied(ledger.Send(7, 3));
  EXPECT_TRUE(ledger.state().known);
  EXPECT_EQ(ledger.state().epoch, Epoch{7});
  EXPECT_EQ(ledger.state().window, (Window{.floor = -1, .ranges = {{3, 3}}}));
}

TEST(JudgeEpoch, OfAnUnknownProducerNothingButTheFlagIsBelieved) {
  Ledger ledger(DedupeMode::kWindow);
  ledger.Holds(9, {.floor = 50, .ranges = {{60, 70}}});
  ledger.state().bump = BumpRecord{"key", Epoch{9}, {}};
  ledger.state().known = false;
  ExpectApplied(ledger.Send(2, 65));
  EXPECT_EQ(ledger.state(), (ProducerState{.known = true,
                                           .epoch = Epoch{2},
                                           .window = {.floor = -1, .ranges = {{65, 65}}},
                                           .bump = std::nullopt}));
}

TEST(JudgeEpoch, ALowerEpochIsFencedWhateverItsSequenceAndLearnsTheCurrentOne) {
  Ledger ledger(DedupeMode::kWindow);
  ledger.Holds(4, {.floor = 3, .ranges = {{5, 10}}});
  const ProducerState before = ledger.state();
  for (const std::int64_t sequence : {0, 3, 4, 5, 11}) {
    ExpectJudgement(ledger.Send(3, sequence), Verdict::kFenced, Code::kStaleEpoch, 4);
  }
  EXPECT_EQ(ledger.state(), before);
}

TEST(JudgeEpoch, AHigherEpochStartsAFreshWindow) {
  Ledger ledger(DedupeMode::kWindow);
  ledger.Holds(3, {.floor = 4, .ranges = {{6, 10}}});
  ExpectApplied(ledger.Send(5, 2));
  EXPECT_EQ(ledger.state().epoch, Epoch{5});
  EXPECT_EQ(ledger.state().window, (Window{.floor = -1, .ranges = {{2, 2}}}));
}

TEST(JudgeEpoch, AnEventThatEndsUnsettledNeverAdvancesAnEpoch) {
  Ledger strict(DedupeMode::kStrict);
  strict.Holds(3, {.floor = -1, .ranges = {{0, 10}}});
  const ProducerState before = strict.state();
  ExpectJudgement(strict.Send(4, 11), Verdict::kGap, Code::kSequenceGap, 0);
  EXPECT_EQ(strict.state(), before);
  ExpectApplied(strict.Send(3, 11));
}

TEST(JudgeEpoch, AGapLeavesAnUnknownProducerUnknown) {
  Ledger strict(DedupeMode::kStrict);
  ExpectJudgement(strict.Send(0, 1), Verdict::kGap, Code::kSequenceGap, 0);
  EXPECT_EQ(strict.state(), ProducerState{});
}

TEST(JudgeEpoch, AnImplicitEpochKeepsTheRecordOfTheLastBump) {
  Ledger ledger(DedupeMode::kWindow);
  ledger.Holds(3, {});
  ledger.state().bump = BumpRecord{"key", Epoch{3}, {}};
  ExpectApplied(ledger.Send(4, 0));
  ASSERT_TRUE(ledger.state().bump.has_value());
  EXPECT_EQ(ledger.state().bump->idempotency_key, "key");
}

TEST(JudgeWindow, ASettledSequenceIsADuplicate) {
  Ledger ledger(DedupeMode::kWindow);
  ledger.Holds(3, {.floor = -1, .ranges = {{0, 10}, {20, 20}}});
  const ProducerState before = ledger.state();
  for (const std::int64_t sequence : {0, 5, 10, 20}) ExpectDuplicate(ledger.Send(3, sequence));
  EXPECT_EQ(ledger.state(), before);
}

TEST(JudgeWindow, AtOrBelowTheFloorIsTooOldAndNeverADuplicate) {
  Ledger ledger(DedupeMode::kWindow);
  ledger.Holds(3, {.floor = 10, .ranges = {{20, 20}}});
  ExpectTooOld(ledger.Send(3, 0));
  ExpectTooOld(ledger.Send(3, 10));
  ExpectApplied(ledger.Send(3, 11));
}

TEST(JudgeWindow, ItselfBelowTheFloorThatItsRangeWouldRaiseIsWindowFull) {
  Ledger ledger(DedupeMode::kWindow, 2);
  ledger.Holds(3, {.floor = -1, .ranges = {{5, 5}, {10, 10}}});
  const ProducerState before = ledger.state();
  ExpectJudgement(ledger.Send(3, 2), Verdict::kTooOld, Code::kWindowFull);
  EXPECT_EQ(ledger.state(), before);
}

TEST(JudgeWindow, AfterIsNotForWindows) {
  Ledger ledger(DedupeMode::kWindow);
  ExpectApplied(ledger.Send(0, 5, 3));
}

TEST(JudgeWindow, TheLastSequenceThereIsIsAppliedOnce) {
  Ledger ledger(DedupeMode::kWindow);
  ExpectApplied(ledger.Send(0, kSequenceMax));
  ExpectDuplicate(ledger.Send(0, kSequenceMax));
  ExpectApplied(ledger.Send(0, kSequenceMax - 1));
}

TEST(JudgeStrict, AnEpochStartsAtZero) {
  Ledger ledger(DedupeMode::kStrict);
  ExpectJudgement(ledger.Send(0, 5), Verdict::kGap, Code::kSequenceGap, 0);
  ExpectApplied(ledger.Send(0, 0));
  ExpectApplied(ledger.Send(0, 1));
  EXPECT_EQ(ledger.state().window, (Window{.floor = -1, .ranges = {{0, 1}}}));
}

TEST(JudgeStrict, AnythingButTheNextIsAGapThatNamesTheNext) {
  Ledger ledger(DedupeMode::kStrict);
  ledger.Holds(3, {.floor = -1, .ranges = {{0, 10}}});
  ExpectJudgement(ledger.Send(3, 12), Verdict::kGap, Code::kSequenceGap, 11);
  ExpectJudgement(ledger.Send(3, kSequenceMax), Verdict::kGap, Code::kSequenceGap, 11);
  ExpectDuplicate(ledger.Send(3, 10));
  ExpectApplied(ledger.Send(3, 11));
}

TEST(JudgeStrict, AContinuedOrSealedEpochGoesOnBehindItsFloor) {
  Ledger ledger(DedupeMode::kStrict);
  ledger.Holds(3, {.floor = 10, .ranges = {}});
  ExpectTooOld(ledger.Send(3, 10));
  ExpectJudgement(ledger.Send(3, 12), Verdict::kGap, Code::kSequenceGap, 11);
  ExpectApplied(ledger.Send(3, 11));
}

TEST(JudgeStrict, AHoleBelowTheHighestIsAGap) {
  Ledger ledger(DedupeMode::kStrict);
  ledger.Holds(3, {.floor = -1, .ranges = {{0, 4}, {8, 9}}});
  ExpectJudgement(ledger.Send(3, 6), Verdict::kGap, Code::kSequenceGap, 10);
}

TEST(JudgeStrict, TheLastSequenceThereIsExhaustsTheEpoch) {
  Ledger ledger(DedupeMode::kStrict);
  ledger.Holds(0, {.floor = -1, .ranges = {{0, kSequenceMax - 1}}});
  ExpectApplied(ledger.Send(0, kSequenceMax));
  ExpectDuplicate(ledger.Send(0, kSequenceMax));
  ExpectApplied(ledger.Send(1, 0));
}

TEST(JudgeStrict, OneRangeIsAllItEverNeeds) {
  Ledger ledger(DedupeMode::kStrict, 1);
  for (std::int64_t sequence = 0; sequence < 50; ++sequence) {
    ExpectApplied(ledger.Send(0, sequence));
  }
  EXPECT_EQ(ledger.state().window, (Window{.floor = -1, .ranges = {{0, 49}}}));
}

TEST(JudgeMonotonic, OnlyTheLastPositionIsRemembered) {
  Ledger ledger(DedupeMode::kMonotonic);
  ExpectApplied(ledger.Send(0, 100));
  EXPECT_EQ(ledger.state().window, (Window{.floor = 99, .ranges = {{100, 100}}}));
  ExpectApplied(ledger.Send(0, 250));
  EXPECT_EQ(ledger.state().window, (Window{.floor = 249, .ranges = {{250, 250}}}));
}

TEST(JudgeMonotonic, EqualIsADuplicateAndLowerIsTooOld) {
  Ledger ledger(DedupeMode::kMonotonic);
  ledger.Holds(0, {.floor = 99, .ranges = {{100, 100}}});
  ExpectDuplicate(ledger.Send(0, 100));
  ExpectTooOld(ledger.Send(0, 99));
  ExpectTooOld(ledger.Send(0, 0));
  ExpectApplied(ledger.Send(0, 101));
}

TEST(JudgeMonotonic, HolesLeftByAnotherModeAreTooOld) {
  Ledger ledger(DedupeMode::kMonotonic);
  ledger.Holds(0, {.floor = -1, .ranges = {{0, 4}, {8, 9}}});
  ExpectDuplicate(ledger.Send(0, 3));
  ExpectTooOld(ledger.Send(0, 6));
  ExpectApplied(ledger.Send(0, 10));
}

TEST(JudgeMonotonic, BothEndsOfTheRangeOfPositionsWork) {
  Ledger ledger(DedupeMode::kMonotonic);
  ExpectApplied(ledger.Send(0, 0));
  EXPECT_EQ(ledger.state().window, (Window{.floor = -1, .ranges = {{0, 0}}}));
  ExpectApplied(ledger.Send(0, kSequenceMax));
  ExpectDuplicate(ledger.Send(0, kSequenceMax));
  ExpectTooOld(ledger.Send(0, kSequenceMax - 1));
}

TEST(JudgeMonotonic, APredecessorThatIsNotTheLastPositionIsAGap) {
  Ledger ledger(DedupeMode::kMonotonic);
  ledger.Holds(0, {.floor = 99, .ranges = {{100, 100}}});
  const ProducerState before = ledger.state();
  for (const std::int64_t after : {99, 101, -1}) {
    ExpectJudgement(ledger.Send(0, 105, after), Verdict::kGap, Code::kPredecessorNotSettled);
  }
  EXPECT_EQ(ledger.state(), before);
  ExpectApplied(ledger.Send(0, 105, 100));
}

TEST(JudgeMonotonic, DuplicateAndTooOldComeBeforeThePredecessor) {
  Ledger ledger(DedupeMode::kMonotonic);
  ledger.Holds(0, {.floor = 99, .ranges = {{100, 100}}});
  ExpectDuplicate(ledger.Send(0, 100, 3));
  ExpectTooOld(ledger.Send(0, 50, 3));
}

TEST(JudgeMonotonic, TheFirstEventOfAnEpochHasThePredecessorMinusOne) {
  Ledger ledger(DedupeMode::kMonotonic);
  ExpectJudgement(ledger.Send(0, 5, 4), Verdict::kGap, Code::kPredecessorNotSettled);
  EXPECT_FALSE(ledger.state().known);
  ExpectApplied(ledger.Send(0, 5, -1));
  ExpectJudgement(ledger.Send(1, 6, 5), Verdict::kGap, Code::kPredecessorNotSettled);
  EXPECT_EQ(ledger.state().epoch, Epoch{0});
}

TEST(JudgeMonotonic, ATombstonesPositionCountsAsPredecessor) {
  Ledger ledger(DedupeMode::kMonotonic);
  ledger.Holds(0, {.floor = 100, .ranges = {}});
  ExpectTooOld(ledger.Send(0, 100));
  ExpectApplied(ledger.Send(0, 105, 100));
}

TEST(JudgeMode, AModeWithoutSequencesIsAProgrammingError) {
  Ledger ledger(DedupeMode::kOff);
  EXPECT_DEATH(ledger.Send(0, 0), "CHECK failed");
}

TEST(CheckDuplicate, TheSamePayloadIsADuplicate) {
  const DuplicateCheck check = CheckDuplicate({1, 2}, Fingerprint{1, 2});
  EXPECT_EQ(check.verdict, Verdict::kDuplicate);
  EXPECT_TRUE(check.verified);
}

TEST(CheckDuplicate, AnotherPayloadIsAConflict) {
  for (const Fingerprint settled : {Fingerprint{1, 3}, Fingerprint{2, 2}}) {
    const DuplicateCheck check = CheckDuplicate({1, 2}, settled);
    EXPECT_EQ(check.verdict, Verdict::kConflict);
    EXPECT_TRUE(check.verified);
  }
}

TEST(CheckDuplicate, WithNothingToCompareItIsAnUnverifiedDuplicate) {
  for (const std::optional<Fingerprint> settled : {std::optional<Fingerprint>(), {Fingerprint{}}}) {
    const DuplicateCheck check = CheckDuplicate({1, 2}, settled);
    EXPECT_EQ(check.verdict, Verdict::kDuplicate);
    EXPECT_FALSE(check.verified);
  }
  EXPECT_FALSE(CheckDuplicate({}, Fingerprint{1, 2}).verified);
}

}  // namespace
}  // namespace oncegate
