#include "dedupe/types/identity.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace oncegate {
namespace {

constexpr std::uint64_t kAllBits = std::numeric_limits<std::uint64_t>::max();

TEST(Version, ComparesAsOneWideNumber) {
  EXPECT_LT((Version{0, kAllBits}), (Version{1, 0}));
  EXPECT_LT((Version{1, 5}), (Version{1, 6}));
  EXPECT_EQ((Version{1, 5}), (Version{1, 5}));
}

TEST(Version, IsWrittenInDecimal) {
  EXPECT_EQ(ToDecimal({0, 0}), "0");
  EXPECT_EQ(ToDecimal({0, 10}), "10");
  EXPECT_EQ(ToDecimal({0, kAllBits}), "18446744073709551615");
}

TEST(Version, IsWrittenInDecimalBeyond64Bits) {
  EXPECT_EQ(ToDecimal({1, 0}), "18446744073709551616");
  EXPECT_EQ(ToDecimal({kAllBits, kAllBits}), "340282366920938463463374607431768211455");
  // 10^38: inner zeros are digits, too.
  EXPECT_EQ(ToDecimal({0x4b3b4ca85a86c47aULL, 0x098a224000000000ULL}),
            "100000000000000000000000000000000000000");
}

TEST(Fingerprint, AllZeroMeansNone) {
  EXPECT_TRUE(Fingerprint{}.IsNone());
  EXPECT_FALSE((Fingerprint{1, 0}).IsNone());
  EXPECT_FALSE((Fingerprint{0, 1}).IsNone());
}

TEST(WallTime, WholeSecondsHaveNoFraction) {
  EXPECT_EQ(ToRfc3339({0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(ToRfc3339({1769860800000000}), "2026-01-31T12:00:00Z");
}

TEST(WallTime, FractionsLoseTrailingZerosOnly) {
  EXPECT_EQ(ToRfc3339({500000}), "1970-01-01T00:00:00.5Z");
  EXPECT_EQ(ToRfc3339({1}), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(ToRfc3339({100100}), "1970-01-01T00:00:00.1001Z");
}

TEST(WallTime, TimesBefore1970AreBorrowedFromTheDay) {
  EXPECT_EQ(ToRfc3339({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(ToRfc3339({-62135596800000000}), "0001-01-01T00:00:00Z");
}

TEST(WallTime, TheLastDayOfYear9999IsWritten) {
  EXPECT_EQ(ToRfc3339({253402300799999999}), "9999-12-31T23:59:59.999999Z");
}

TEST(Version, IsReadBackFromItsDigits) {
  for (const Version version : {Version{0, 0}, Version{0, 10}, Version{0, UINT64_MAX},
                                Version{1, 0}, Version{UINT64_MAX, UINT64_MAX}}) {
    EXPECT_EQ(ParseVersion(ToDecimal(version)), version);
    EXPECT_EQ(ParseVersion("00" + ToDecimal(version)), version);
  }
  EXPECT_EQ(ParseVersion("340282366920938463463374607431768211456"), std::nullopt);
  for (const char* text : {"", "-1", "1x", " 1", "1.0"}) {
    EXPECT_EQ(ParseVersion(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace oncegate
