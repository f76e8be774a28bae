#include "dedupe/types/result.h"

#include <gtest/gtest.h>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Error{"odd"};
  return number / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*Half(4), 2);
  ASSERT_TRUE(Half(3).has_error());
  EXPECT_EQ(Half(3).error().message, "odd");
}

TEST(Result, TheValueOfAFailureEndsTheProcess) {
  EXPECT_DEATH(Half(3).value(), "value\\(\\) of a failed Result: odd");
}

TEST(Status, OkHasNoError) { EXPECT_FALSE(Ok().has_error()); }

TEST(Check, ABrokenInvariantEndsTheProcessAndNamesTheCondition) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "result_test.cc:.*CHECK failed: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace oncegate
