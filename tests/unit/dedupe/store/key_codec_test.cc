#include "dedupe/store/key_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace oncegate::store {
namespace {

TEST(KeyCodec, TextsThatJoinToTheSameBytesAreDifferentKeys) {
  EXPECT_NE(ProducerRecordKey({"a", "bc"}), ProducerRecordKey({"ab", "c"}));
  EXPECT_NE(IdKey("a", "bc"), IdKey("ab", "c"));
  EXPECT_NE(ScopePrefix({{"a", "bc"}, 1, {0}}), ScopePrefix({{"ab", "c"}, 1, {0}}));
}

TEST(KeyCodec, TextsMayHoldAnyByteAndAnyLength) {
  const std::string long_id(100'000, 'x');
  EXPECT_NE(IdKey("s", std::string_view("a\0b", 3)), IdKey("s", std::string_view("a\0c", 3)));
  EXPECT_NE(IdKey("s", long_id), IdKey("s", long_id + 'x'));
  EXPECT_NE(IdKey("s", ""), IdKey("s", std::string_view("\0", 1)));
}

TEST(KeyCodec, BlocksAndOrdinalsSortAsNumbers) {
  const auto key = [](std::int64_t block, std::uint64_t ordinal) {
    std::string bytes = ScopePrefix({{"s", "p"}, 9, {2}});
    AppendBlock(block, &bytes);
    AppendOrdinal(ordinal, &bytes);
    return bytes;
  };
  EXPECT_LT(key(1, 300), key(2, 1));
  EXPECT_LT(key(255, 1), key(256, 1));
  EXPECT_LT(key(7, 255), key(7, 256));
  EXPECT_LT(key(7, 1), key((std::int64_t{1} << 57) - 1, 1));
}

TEST(KeyCodec, ABlockIsReadBackFromItsKey) {
  const std::string scope = ScopePrefix({{"s", "p"}, 9, {2}});
  std::string key = scope;
  AppendBlock(123456789, &key);
  AppendOrdinal(5, &key);
  EXPECT_EQ(BlockOfKey(key, scope.size()), 123456789);
}

TEST(KeyCodec, AuditKeysSortByTimeAlsoBefore1970ThenByOrdinal) {
  EXPECT_LT(AuditKey({-2}, 9), AuditKey({-1}, 1));
  EXPECT_LT(AuditKey({-1}, 9), AuditKey({0}, 1));
  EXPECT_LT(AuditKey({0}, 1), AuditKey({0}, 2));
  EXPECT_EQ(TimeOfAuditKey(AuditKey({-1234567}, 3)), WallTime{-1234567});
}

TEST(KeyCodec, AScopeIsNoPrefixOfAnother) {
  const std::string scope = ScopePrefix({{"s", "p"}, 1, {0}});
  for (const FingerprintScope& other :
       {FingerprintScope{{"s", "pp"}, 1, {0}}, FingerprintScope{{"s", "p"}, 2, {0}},
        FingerprintScope{{"s", "p"}, 1, {1}}, FingerprintScope{{"ss", "p"}, 1, {0}}}) {
    EXPECT_FALSE(ScopePrefix(other).starts_with(scope));
  }
}

TEST(KeyCodec, TheEndOfAPrefixLiesAboveAllItsKeys) {
  EXPECT_EQ(EndOfPrefix("f"), "g");
  EXPECT_EQ(EndOfPrefix("i\xff"), "j");
  EXPECT_GT(EndOfPrefix("i\x01s"), IdKey("s", std::string(50, '\xff')));
}

TEST(KeyCodec, SweepsOfStreamsWhoseNamesBeginAlikeKeepSeparatePositions) {
  EXPECT_NE(SweepKey(StreamPrefix(Family::kId, "a")), SweepKey(StreamPrefix(Family::kId, "ab")));
  EXPECT_NE(SweepKey(FamilyPrefix(Family::kFingerprint)), SweepKey(StreamPrefix(Family::kId, "a")));
}

}  // namespace
}  // namespace oncegate::store
