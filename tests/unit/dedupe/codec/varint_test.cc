#include "dedupe/codec/varint.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

namespace oncegate {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

std::string Encode(std::uint64_t value) {
  std::string bytes;
  AppendVarint(value, &bytes);
  return bytes;
}

std::optional<std::uint64_t> Decode(std::string_view bytes) {
  std::uint64_t value = 0;
  if (!ReadVarint(&bytes, &value)) return std::nullopt;
  return value;
}

TEST(Varint, GrowsByOneByteEverySevenBits) {
  EXPECT_EQ(Encode(0), std::string(1, '\0'));
  EXPECT_EQ(Encode(127), "\x7f");
  EXPECT_EQ(Encode(128), "\x80\x01");
  EXPECT_EQ(Encode(300), "\xac\x02");
  EXPECT_EQ(Encode(kMax).size(), 10U);
}

TEST(Varint, EveryPowerOfTwoAndItsNeighboursAreReadBack) {
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      EXPECT_EQ(Decode(Encode(value)), value);
    }
  }
  EXPECT_EQ(Decode(Encode(kMax)), kMax);
}

TEST(Varint, ReadingTakesItsBytesOnly) {
  const std::string bytes = Encode(300) + "rest";
  std::string_view rest = bytes;
  std::uint64_t value = 0;
  ASSERT_TRUE(ReadVarint(&rest, &value));
  EXPECT_EQ(value, 300U);
  EXPECT_EQ(rest, "rest");
}

TEST(Varint, ACutOneIsRefusedAndNothingIsTaken) {
  std::string_view bytes = "\x80\x80";
  std::uint64_t value = 7;
  EXPECT_FALSE(ReadVarint(&bytes, &value));
  EXPECT_EQ(bytes.size(), 2U);
  EXPECT_EQ(value, 7U);
  EXPECT_EQ(Decode(""), std::nullopt);
}

TEST(Varint, LongerFormsThanNeededAreRefused) {
  EXPECT_EQ(Decode(std::string_view("\x80\x00", 2)), std::nullopt);
  EXPECT_EQ(Decode(std::string_view("\xff\x80\x00", 3)), std::nullopt);
}

TEST(Varint, MoreThan64BitsAreRefused) {
  const std::string nine(9, '\xff');
  EXPECT_EQ(Decode(nine + "\x01"), kMax);
  EXPECT_EQ(Decode(nine + "\x02"), std::nullopt);
  EXPECT_EQ(Decode(nine + "\xff\x01"), std::nullopt);
}

}  // namespace
}  // namespace oncegate
