#include "dedupe/types/dedupe_mode.h"

#include <gtest/gtest.h>

namespace oncegate {
namespace {

constexpr DedupeMode kModes[] = {DedupeMode::kWindow, DedupeMode::kStrict,  DedupeMode::kMonotonic,
                                 DedupeMode::kId,     DedupeMode::kVersion, DedupeMode::kOff};

TEST(DedupeMode, EveryModeIsReadBackFromItsName) {
  for (const DedupeMode mode : kModes) {
    EXPECT_FALSE(ToString(mode).empty());
    EXPECT_EQ(ParseDedupeMode(ToString(mode)), mode);
  }
}

TEST(DedupeMode, NamesAreThoseOfTheConfiguration) {
  EXPECT_EQ(ToString(DedupeMode::kWindow), "window");
  EXPECT_EQ(ToString(DedupeMode::kStrict), "strict");
  EXPECT_EQ(ToString(DedupeMode::kMonotonic), "monotonic");
  EXPECT_EQ(ToString(DedupeMode::kId), "id");
  EXPECT_EQ(ToString(DedupeMode::kVersion), "version");
  EXPECT_EQ(ToString(DedupeMode::kOff), "off");
}

TEST(DedupeMode, OtherNamesAreNone) {
  for (const char* text : {"", "Window", "window ", "windows", "ids"}) {
    EXPECT_EQ(ParseDedupeMode(text), std::nullopt) << text;
  }
}

TEST(DedupeMode, ThreeModesAreSequenced) {
  EXPECT_TRUE(IsSequenced(DedupeMode::kWindow));
  EXPECT_TRUE(IsSequenced(DedupeMode::kStrict));
  EXPECT_TRUE(IsSequenced(DedupeMode::kMonotonic));
  EXPECT_FALSE(IsSequenced(DedupeMode::kId));
  EXPECT_FALSE(IsSequenced(DedupeMode::kVersion));
  EXPECT_FALSE(IsSequenced(DedupeMode::kOff));
}

}  // namespace
}  // namespace oncegate
