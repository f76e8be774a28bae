#include "dedupe/types/producer_state.h"

#include <gtest/gtest.h>

#include <limits>

namespace oncegate {
namespace {

constexpr std::int64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();

TEST(HighestSequence, OfAnEmptyWindowIsItsFloor) {
  EXPECT_EQ(HighestSequence({}), -1);
  EXPECT_EQ(HighestSequence({.floor = 7, .ranges = {}}), 7);
}

TEST(HighestSequence, IsTheEndOfTheLastRange) {
  EXPECT_EQ(HighestSequence({.floor = 2, .ranges = {{4, 5}, {9, 12}}}), 12);
}

TEST(NextSequence, FollowsTheHighest) {
  EXPECT_EQ(NextSequence({}), 0);
  EXPECT_EQ(NextSequence({.floor = -1, .ranges = {{0, 10}}}), 11);
}

TEST(NextSequence, StaysAtTheLastSequenceThereIs) {
  EXPECT_EQ(NextSequence({.floor = kSequenceMax, .ranges = {}}), kSequenceMax);
  EXPECT_EQ(NextSequence({.floor = -1, .ranges = {{kSequenceMax, kSequenceMax}}}), kSequenceMax);
}

}  // namespace
}  // namespace oncegate
