#include "sinks/postgres/binary.h"

#include <gtest/gtest.h>

#include <limits>

namespace oncegate::postgres {
namespace {

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  return hex;
}

TEST(BinaryArray, AnEmptyArrayHasNoElements) {
  EXPECT_EQ(Hex(BinaryArray(ElementType::kText).Bytes()),
            "0000000100000000000000190000000000000001");
}

TEST(BinaryArray, ElementsFollowTheHeaderWithTheirLengths) {
  BinaryArray array(ElementType::kText);
  array.AddBytes("a\"{,\\");
  array.AddBytes("");
  array.AddNull();
  EXPECT_EQ(Hex(array.Bytes()),
            "000000010000000100000019"
            "0000000300000001"
            "0000000561227b2c5c"
            "00000000"
            "ffffffff");
}

TEST(BinaryArray, ScalarsAreBigEndian) {
  BinaryArray numbers(ElementType::kInt8);
  numbers.AddInt64(-2);
  EXPECT_EQ(Hex(numbers.Bytes().substr(20)), "00000008fffffffffffffffe");
  BinaryArray flags(ElementType::kBool);
  flags.AddBool(true);
  flags.AddBool(false);
  EXPECT_EQ(Hex(flags.Bytes().substr(20)), "00000001010000000100");
  BinaryArray documents(ElementType::kJsonb);
  documents.AddJson("{}");
  EXPECT_EQ(Hex(documents.Bytes().substr(20)), "00000003017b7d");
}

TEST(BinaryArray, TimesCountFromTheYear2000) {
  EXPECT_EQ(Hex(BinaryTime(WallTime{946'684'800'000'001})), "0000000000000001");
  for (const std::int64_t time :
       {-62'135'596'800'000'000, std::int64_t{0}, std::int64_t{-1}, 253'402'300'799'999'999}) {
    EXPECT_EQ(ReadBinaryTime(BinaryTime(WallTime{time})), WallTime{time});
  }
}

TEST(BinaryArray, IntegersReadBackAsWritten) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_EQ(ReadBinaryInt64(BinaryInt64(value)), value);
  }
}

}  // namespace
}  // namespace oncegate::postgres
