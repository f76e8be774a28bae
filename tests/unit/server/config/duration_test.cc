#include "server/config/duration.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

using std::chrono::milliseconds;

TEST(Duration, EveryUnitIsRead) {
  EXPECT_EQ(ParseDuration("250ms"), milliseconds(250));
  EXPECT_EQ(ParseDuration("10s"), milliseconds(10'000));
  EXPECT_EQ(ParseDuration("30m"), milliseconds(1'800'000));
  EXPECT_EQ(ParseDuration("720h"), milliseconds(std::int64_t{720} * 3'600'000));
  EXPECT_EQ(ParseDuration("7d"), milliseconds(std::int64_t{7} * 86'400'000));
  EXPECT_EQ(ParseDuration("0s"), milliseconds(0));
}

TEST(Duration, AnythingElseIsRefused) {
  for (const std::string_view text : {"", "10", "s", "10 s", " 10s", "10s ", "-1s", "1.5s", "1h30m",
                                      "10S", "+1s", "10us", "99999999999999999999s", "400000d"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(Duration, TextIsReadBackAsTheSameDuration) {
  for (const std::int64_t count : std::initializer_list<std::int64_t>{
           1, 250, 1000, 1500, 60'000, 90'000, 3'600'000, 2'592'000'000}) {
    EXPECT_EQ(ParseDuration(ToText(milliseconds(count))), milliseconds(count));
  }
  EXPECT_EQ(ToText(std::chrono::hours(720)), "720h");
  EXPECT_EQ(ToText(milliseconds(1500)), "1500ms");
}

}  // namespace
}  // namespace oncegate
