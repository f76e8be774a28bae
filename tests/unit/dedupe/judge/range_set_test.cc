#include "dedupe/judge/range_set.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/sequence_max.h"

namespace oncegate {

void PrintTo(const SequenceRange& range, std::ostream* out) {
  *out << "[" << range.first << "," << range.last << "]";
}

namespace {

constexpr std::size_t kRoomy = 256;
using Ranges = std::vector<SequenceRange>;

Window Settled(const Ranges& ranges, std::int64_t floor = -1) {
  return {.floor = floor, .ranges = ranges};
}

Window Insert(std::int64_t sequence, Window window, std::size_t ranges_max = kRoomy) {
  EXPECT_EQ(InsertSequence(sequence, ranges_max, &window), InsertOutcome::kInserted);
  return window;
}

TEST(RangeSet, AnEmptyWindowContainsNothing) {
  EXPECT_FALSE(ContainsSequence({}, 0));
  EXPECT_FALSE(ContainsSequence({}, kSequenceMax));
}

TEST(RangeSet, BothEndsOfARangeAreContainedAndTheirNeighboursAreNot) {
  const Window window = Settled({{3, 5}, {8, 8}});
  for (const std::int64_t sequence : {3, 4, 5, 8}) {
    EXPECT_TRUE(ContainsSequence(window, sequence)) << sequence;
  }
  for (const std::int64_t sequence : {0, 2, 6, 7, 9}) {
    EXPECT_FALSE(ContainsSequence(window, sequence)) << sequence;
  }
}

TEST(RangeSet, WhatTheFloorCoversIsNotContained) {
  EXPECT_FALSE(ContainsSequence(Settled({{12, 13}}, 10), 10));
  EXPECT_FALSE(ContainsSequence(Settled({{12, 13}}, 10), 3));
}

TEST(RangeSet, ALoneSequenceBecomesARangeInOrder) {
  EXPECT_EQ(Insert(5, Settled({})).ranges, (Ranges{{5, 5}}));
  EXPECT_EQ(Insert(5, Settled({{1, 2}, {8, 9}})).ranges, (Ranges{{1, 2}, {5, 5}, {8, 9}}));
  EXPECT_EQ(Insert(0, Settled({{2, 2}})).ranges, (Ranges{{0, 0}, {2, 2}}));
}

TEST(RangeSet, TheNextSequenceExtendsTheRange) {
  EXPECT_EQ(Insert(6, Settled({{3, 5}, {9, 9}})).ranges, (Ranges{{3, 6}, {9, 9}}));
}

TEST(RangeSet, ThePrecedingSequenceExtendsTheRangeDownwards) {
  EXPECT_EQ(Insert(8, Settled({{3, 5}, {9, 9}})).ranges, (Ranges{{3, 5}, {8, 9}}));
}

TEST(RangeSet, FillingAGapJoinsBothNeighbours) {
  EXPECT_EQ(Insert(6, Settled({{3, 5}, {7, 9}, {11, 11}})).ranges, (Ranges{{3, 9}, {11, 11}}));
}

TEST(RangeSet, JoiningNeverTouchesTheFloor) {
  EXPECT_EQ(Insert(11, Settled({}, 10)), Settled({{11, 11}}, 10));
  EXPECT_EQ(Insert(11, Settled({{12, 12}}, 10)), Settled({{11, 12}}, 10));
}

TEST(RangeSet, TheLastSequenceThereIsCanBeInserted) {
  EXPECT_EQ(Insert(kSequenceMax, Settled({{0, 0}})).ranges,
            (Ranges{{0, 0}, {kSequenceMax, kSequenceMax}}));
  EXPECT_EQ(Insert(kSequenceMax, Settled({{5, kSequenceMax - 1}})).ranges,
            (Ranges{{5, kSequenceMax}}));
  EXPECT_EQ(Insert(kSequenceMax - 1, Settled({{kSequenceMax, kSequenceMax}})).ranges,
            (Ranges{{kSequenceMax - 1, kSequenceMax}}));
  EXPECT_EQ(Insert(0, Settled({{kSequenceMax, kSequenceMax}})).ranges,
            (Ranges{{0, 0}, {kSequenceMax, kSequenceMax}}));
}

TEST(RangeSetCap, OneRangeTooManyDropsTheOldestAndRaisesTheFloorToItsEnd) {
  EXPECT_EQ(Insert(20, Settled({{0, 3}, {6, 7}}), 2), Settled({{6, 7}, {20, 20}}, 3));
}

TEST(RangeSetCap, ASequenceBetweenTheRangesIsKeptWhileTheOldestGoes) {
  EXPECT_EQ(Insert(10, Settled({{0, 3}, {20, 20}}), 2), Settled({{10, 10}, {20, 20}}, 3));
}

TEST(RangeSetCap, ASequenceBelowAllRangesIsRefusedAndNothingChanges) {
  Window window = Settled({{5, 7}, {9, 9}});
  EXPECT_EQ(InsertSequence(2, 2, &window), InsertOutcome::kWindowFull);
  EXPECT_EQ(window, Settled({{5, 7}, {9, 9}}));
}

TEST(RangeSetCap, JoiningAFullWindowDropsNothing) {
  EXPECT_EQ(Insert(4, Settled({{5, 7}, {9, 9}}), 2), Settled({{4, 7}, {9, 9}}));
  EXPECT_EQ(Insert(8, Settled({{5, 7}, {9, 9}}), 2), Settled({{5, 9}}));
}

TEST(RangeSetCap, OneRangeIsEnoughForASequenceAboveIt) {
  EXPECT_EQ(Insert(9, Settled({{0, 3}}), 1), Settled({{9, 9}}, 3));
}

TEST(RangeSetCap, ALoweredCapDropsAllThatIsTooMuchAtOnce) {
  const Window wide = Settled({{0, 0}, {2, 2}, {4, 4}, {6, 6}});
  EXPECT_EQ(Insert(7, wide, 2), Settled({{4, 4}, {6, 7}}, 2));
  EXPECT_EQ(Insert(9, wide, 2), Settled({{6, 6}, {9, 9}}, 4));
}

TEST(RangeSetCap, ALoweredCapRefusesWhatItWouldDropAtOnce) {
  const Window wide = Settled({{0, 0}, {2, 2}, {4, 4}, {6, 6}});
  Window window = wide;
  EXPECT_EQ(InsertSequence(1, 2, &window), InsertOutcome::kWindowFull);
  EXPECT_EQ(window, wide);
}

TEST(RangeSetRemove, RangesAtOrBelowGoAndAStraddlingOneIsCut) {
  Ranges ranges{{0, 3}, {5, 9}, {12, 12}};
  RemoveThrough(6, &ranges);
  EXPECT_EQ(ranges, (Ranges{{7, 9}, {12, 12}}));
}

TEST(RangeSetRemove, AnEndIsIncluded) {
  Ranges ranges{{0, 3}, {5, 9}};
  RemoveThrough(3, &ranges);
  EXPECT_EQ(ranges, (Ranges{{5, 9}}));
  RemoveThrough(kSequenceMax, &ranges);
  EXPECT_TRUE(ranges.empty());
}

TEST(RangeSetRemove, BelowAllRangesNothingGoes) {
  Ranges ranges{{5, 9}};
  RemoveThrough(4, &ranges);
  RemoveThrough(-1, &ranges);
  EXPECT_EQ(ranges, (Ranges{{5, 9}}));
}

}  // namespace
}  // namespace oncegate
