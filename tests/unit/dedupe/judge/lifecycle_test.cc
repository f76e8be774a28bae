#include "dedupe/judge/lifecycle.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/sequence_max.h"

namespace oncegate {
namespace {

using Ranges = std::vector<SequenceRange>;

ProducerState Producer(std::int64_t epoch, std::int64_t floor, const Ranges& ranges) {
  return {.known = true,
          .epoch = Epoch{epoch},
          .window = {.floor = floor, .ranges = ranges},
          .bump = std::nullopt};
}

TEST(Bump, ContinueKeepsTheWindowUnderTheNextEpoch) {
  const ProducerState bumped =
      BumpEpoch(Producer(3, 2, {{5, 10}}), BumpSequence::kContinue, std::string());
  EXPECT_EQ(bumped, Producer(4, 2, {{5, 10}}));
}

TEST(Bump, ResetEmptiesTheWindow) {
  const ProducerState bumped =
      BumpEpoch(Producer(3, 2, {{5, 10}}), BumpSequence::kReset, std::string());
  EXPECT_EQ(bumped, Producer(4, -1, {}));
}

TEST(Bump, ItsKeyIsKeptWithTheResultItGave) {
  const ProducerState bumped =
      BumpEpoch(Producer(3, 2, {{5, 10}}), BumpSequence::kContinue, "bump-1");
  EXPECT_EQ(bumped.bump, (BumpRecord{"bump-1", Epoch{4}, Window{.floor = 2, .ranges = {{5, 10}}}}));
  const ProducerState reset = BumpEpoch(bumped, BumpSequence::kReset, "bump-2");
  EXPECT_EQ(reset.bump, (BumpRecord{"bump-2", Epoch{5}, Window{}}));
}

TEST(Bump, WithoutAKeyTheRecordOfTheBumpBeforeIsForgotten) {
  ProducerState state = BumpEpoch(Producer(3, -1, {}), BumpSequence::kReset, "bump-1");
  state = BumpEpoch(state, BumpSequence::kReset, std::string());
  EXPECT_EQ(state.bump, std::nullopt);
}

TEST(Bump, TheLastEpochThereIsCanNotBeBumped) {
  EXPECT_DEATH(BumpEpoch(Producer(kSequenceMax, -1, {}), BumpSequence::kReset, {}), "CHECK failed");
}

TEST(Seal, ByDefaultEverythingSettledIsPurged) {
  EXPECT_EQ(SealWindow(Producer(3, -1, {{0, 10}, {15, 20}}), std::nullopt), Producer(3, 20, {}));
}

TEST(Seal, RangesAtOrBelowGoAndAStraddlingOneIsCut) {
  EXPECT_EQ(SealWindow(Producer(3, -1, {{0, 10}, {15, 20}, {22, 23}}), 17),
            Producer(3, 17, {{18, 20}, {22, 23}}));
}

TEST(Seal, BeyondTheHighestTheFloorIsWhatWasAskedFor) {
  EXPECT_EQ(SealWindow(Producer(3, -1, {{0, 10}}), 50), Producer(3, 50, {}));
  EXPECT_EQ(SealWindow(Producer(3, -1, {{0, 10}}), kSequenceMax), Producer(3, kSequenceMax, {}));
}

TEST(Seal, NeverLowersAFloor) {
  EXPECT_EQ(SealWindow(Producer(3, 30, {{40, 41}}), 10), Producer(3, 30, {{40, 41}}));
  EXPECT_EQ(SealWindow(Producer(3, 30, {}), std::nullopt), Producer(3, 30, {}));
}

TEST(Seal, OfAnEmptyWindowChangesNothing) {
  EXPECT_EQ(SealWindow(Producer(3, -1, {}), std::nullopt), Producer(3, -1, {}));
}

TEST(Forget, ByDefaultEverythingIsNewAgainInTheSameEpoch) {
  EXPECT_EQ(ForgetWindow(Producer(3, 5, {{7, 10}}), std::nullopt), Producer(3, -1, {}));
}

TEST(Forget, RangesAtOrBelowGoAndAStraddlingOneIsCut) {
  EXPECT_EQ(ForgetWindow(Producer(3, -1, {{0, 10}, {15, 20}, {22, 23}}), 17),
            Producer(3, -1, {{18, 20}, {22, 23}}));
}

TEST(Forget, AFloorAtOrBelowGoesAndAHigherOneStays) {
  EXPECT_EQ(ForgetWindow(Producer(3, 17, {{20, 20}}), 17), Producer(3, -1, {{20, 20}}));
  EXPECT_EQ(ForgetWindow(Producer(3, 18, {{20, 20}}), 17), Producer(3, 18, {{20, 20}}));
}

TEST(Forget, KeepsTheRecordOfTheLastBump) {
  const ProducerState bumped = BumpEpoch(Producer(3, -1, {{0, 4}}), BumpSequence::kContinue, "key");
  EXPECT_EQ(ForgetWindow(bumped, std::nullopt).bump, bumped.bump);
  EXPECT_EQ(SealWindow(bumped, std::nullopt).bump, bumped.bump);
}

TEST(TombstoneOf, AProducerIsItsEpochAndItsHighestSequence) {
  EXPECT_EQ(Tombstone(Producer(3, -1, {{0, 4}, {8, 10}})), Producer(3, 10, {}));
}

TEST(TombstoneOf, ATombstoneIsItself) {
  for (const ProducerState& state :
       {Producer(3, -1, {}), Producer(3, 5, {{7, 9}}), Producer(0, 9, {}),
        BumpEpoch(Producer(3, 4, {}), BumpSequence::kContinue, "key")}) {
    EXPECT_TRUE(IsTombstone(Tombstone(state)));
    EXPECT_EQ(IsTombstone(state), Tombstone(state) == state);
  }
}

TEST(TombstoneOf, AnUnknownProducerIsNone) { EXPECT_FALSE(IsTombstone(ProducerState{})); }

TEST(Describe, AGaplessProducerIsContiguousThroughItsHighest) {
  const WindowReport report = DescribeWindow({.floor = -1, .ranges = {{0, 10}}}, 100);
  EXPECT_EQ(report.contiguous_through, 10);
  EXPECT_EQ(report.highest_sequence, 10);
  EXPECT_TRUE(report.missing.empty());
  EXPECT_EQ(report.floor, -1);
}

TEST(Describe, GapsBetweenFloorAndHighestAreMissing) {
  const WindowReport report =
      DescribeWindow({.floor = -1, .ranges = {{0, 1045}, {1048, 1050}}}, 100);
  EXPECT_EQ(report.contiguous_through, 1045);
  EXPECT_EQ(report.highest_sequence, 1050);
  EXPECT_EQ(report.missing, (Ranges{{1046, 1047}}));
}

TEST(Describe, AFirstSequenceOf100LeavesWhatIsBelowItMissing) {
  const WindowReport report = DescribeWindow({.floor = -1, .ranges = {{100, 100}}}, 100);
  EXPECT_EQ(report.contiguous_through, std::nullopt);
  EXPECT_EQ(report.missing, (Ranges{{0, 99}}));
}

TEST(Describe, WithoutARunAtTheFloorTheFloorIsContiguous) {
  const WindowReport report = DescribeWindow({.floor = 20, .ranges = {{25, 30}}}, 100);
  EXPECT_EQ(report.contiguous_through, 20);
  EXPECT_EQ(report.missing, (Ranges{{21, 24}}));
  EXPECT_EQ(report.floor, 20);
}

TEST(Describe, AMonotonicProducerIsContiguousThroughItsLast) {
  const WindowReport report = DescribeWindow({.floor = 99, .ranges = {{100, 100}}}, 100);
  EXPECT_EQ(report.contiguous_through, 100);
  EXPECT_TRUE(report.missing.empty());
}

TEST(Describe, NothingIsContiguousInAnEmptyWindow) {
  const WindowReport report = DescribeWindow({}, 100);
  EXPECT_EQ(report.contiguous_through, std::nullopt);
  EXPECT_EQ(report.highest_sequence, -1);
  EXPECT_TRUE(report.missing.empty());
}

TEST(Describe, OnlyTheLowestGapsAreListed) {
  const Window window{.floor = -1, .ranges = {{1, 1}, {3, 3}, {5, 5}, {7, 7}}};
  EXPECT_EQ(DescribeWindow(window, 2).missing, (Ranges{{0, 0}, {2, 2}}));
  EXPECT_TRUE(DescribeWindow(window, 0).missing.empty());
}

TEST(Describe, TheLastSequenceThereIsDoesNotOverflow) {
  const WindowReport report =
      DescribeWindow({.floor = -1, .ranges = {{kSequenceMax, kSequenceMax}}}, 100);
  EXPECT_EQ(report.missing, (Ranges{{0, kSequenceMax - 1}}));
}

}  // namespace
}  // namespace oncegate
