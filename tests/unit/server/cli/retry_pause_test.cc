#include "server/cli/retry_pause.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RetryPause, DoublesUpToItsLimit) {
  RetryPause pause(1);
  for (milliseconds longest = RetryPause::kMin; longest < RetryPause::kMax; longest *= 2) {
    const milliseconds next = pause.Next({});
    EXPECT_GE(next, longest / 2);
    EXPECT_LE(next, longest);
  }
  for (int i = 0; i < 100; ++i) {
    const milliseconds next = pause.Next({});
    EXPECT_GE(next, RetryPause::kMax / 2);
    EXPECT_LE(next, RetryPause::kMax);
  }
}

TEST(RetryPause, IsNotShorterThanTheServiceAsksFor) {
  RetryPause pause(1);
  EXPECT_EQ(pause.Next(seconds(7)), seconds(7));
  EXPECT_EQ(pause.Next(seconds(86'400)), RetryPause::kRetryAfterMax);
  EXPECT_GE(pause.Next(seconds(0)), RetryPause::kMin);
}

TEST(RetryPause, SendersDoNotComeBackTogether) {
  RetryPause one(1);
  RetryPause other(2);
  int different = 0;
  for (int i = 0; i < 20; ++i) {
    if (one.Next({}) != other.Next({})) ++different;
  }
  EXPECT_GT(different, 10);
}

}  // namespace
}  // namespace oncegate
