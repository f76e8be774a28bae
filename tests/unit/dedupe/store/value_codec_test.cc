#include "dedupe/store/value_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dedupe/store/key_codec.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate::store {
namespace {

struct Record {
  std::string key;
  std::string value;
};

/// One record of every family.
std::vector<Record> OneOfEach() {
  std::vector<Record> records;
  const auto add = [&records](std::string key, auto encode) {
    std::string value = encode(key);
    records.push_back({std::move(key), std::move(value)});
  };
  add(std::string(kFormatKey), [](const auto& key) { return EncodeNumber32(key, kStoreFormat); });
  add(ProducerRecordKey({"s", "p"}),
      [](const auto& key) { return EncodeProducer(key, ProducerThrough(9)); });
  std::string block_key = ScopePrefix({{"s", "p"}, 7, {0}});
  AppendBlock(1, &block_key);
  AppendOrdinal(1, &block_key);
  add(block_key, [](const auto& key) {
    const std::vector<SequenceFingerprint> entries{{64, FingerprintFor(1)},
                                                   {127, FingerprintFor(2)}};
    return EncodeBlock(key, {123}, entries);
  });
  add(IdKey("s", "i"), [](const auto& key) {
    return EncodeId(key, {.fingerprint = FingerprintFor(3), .committed_at = {456}});
  });
  add(CursorKey("c"), [](const auto& key) { return EncodeText(key, "here"); });
  add(SweepKey("f"),
      [](const auto& key) { return EncodeSweep(key, {.halvings = 1, .position = "f..."}); });
  add(AuditKey({1}, 1), [](const auto& key) { return EncodeText(key, "{}"); });
  return records;
}

TEST(ValueCodec, EveryRecordPassesItsOwnCheck) {
  for (const Record& record : OneOfEach()) {
    const auto checked = CheckRecord(record.key, record.value);
    EXPECT_TRUE(checked.has_value()) << checked.error().message;
  }
}

TEST(ValueCodec, EveryFlippedBitIsNoticed) {
  for (const Record& record : OneOfEach()) {
    for (std::size_t bit = 0; bit < record.value.size() * 8; ++bit) {
      std::string damaged = record.value;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1U << (bit % 8)));
      EXPECT_FALSE(CheckRecord(record.key, damaged).has_value())
          << "family " << record.key[0] << " bit " << bit;
    }
  }
}

TEST(ValueCodec, EveryShorterOrLongerValueIsRefused) {
  for (const Record& record : OneOfEach()) {
    for (std::size_t bytes = 0; bytes < record.value.size(); ++bytes) {
      EXPECT_FALSE(CheckRecord(record.key, record.value.substr(0, bytes)).has_value());
    }
    EXPECT_FALSE(CheckRecord(record.key, record.value + '\0').has_value());
  }
}

TEST(ValueCodec, AValueUnderAnotherKeyIsRefused) {
  const std::string key = IdKey("s", "i");
  const std::string value = EncodeId(key, {.fingerprint = FingerprintFor(3), .committed_at = {4}});
  EXPECT_FALSE(DecodeId(IdKey("s", "j"), value).has_value());
}

TEST(ValueCodec, ANewerVersionIsRefusedByName) {
  const std::string key = IdKey("s", "i");
  std::string value(1, '\x02');
  SealValue(key, &value);
  const auto decoded = DecodeId(key, value);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_THAT(decoded.error().message, testing::HasSubstr("version 2"));
}

TEST(ValueCodec, AnErrorNamesTheFamilyAndNeverTheKey) {
  const std::string key = IdKey("s", "secret-id");
  const auto decoded = DecodeId(key, "too short for anything");
  ASSERT_FALSE(decoded.has_value());
  EXPECT_THAT(decoded.error().message, testing::HasSubstr("family 'i'"));
  EXPECT_THAT(decoded.error().message, testing::Not(testing::HasSubstr("secret")));
}

TEST(ValueCodec, AWellSealedBodyOfTheWrongLengthIsRefused) {
  for (const Record& record : OneOfEach()) {
    const Family family = static_cast<Family>(record.key.front());
    if (family == Family::kAudit || family == Family::kCursor || family == Family::kMeta) continue;
    std::string value = BeginValue();
    if (family != Family::kSweep) value += "some bytes";
    SealValue(record.key, &value);
    EXPECT_FALSE(CheckRecord(record.key, value).has_value()) << record.key[0];
  }
}

TEST(ValueCodec, AKeyOfNoFamilyIsRefused) {
  std::string value = BeginValue();
  SealValue("zebra", &value);
  EXPECT_FALSE(CheckRecord("zebra", value).has_value());
  EXPECT_FALSE(CheckRecord("", value).has_value());
}

TEST(ValueCodec, ABlockHoldsExactlyTheSequencesItWasGiven) {
  std::vector<SequenceFingerprint> entries;
  for (const std::int64_t offset : {0, 1, 5, 31, 32, 62, 63}) {
    entries.push_back({640 + offset, FingerprintFor(static_cast<std::uint64_t>(offset))});
  }
  const std::string key = ScopePrefix({{"s", "p"}, 7, {0}});
  const std::string value = EncodeBlock(key, {99}, entries);
  const auto block = DecodeBlock(key, value);
  ASSERT_OK(block);
  EXPECT_EQ(block->written_at(), WallTime{99});
  std::size_t next = 0;
  for (unsigned offset = 0; offset < 64; ++offset) {
    const auto found = block->Find(offset);
    if (next < entries.size() && entries[next].sequence == 640 + offset) {
      EXPECT_EQ(found, entries[next++].fingerprint);
    } else {
      EXPECT_EQ(found, std::nullopt);
    }
  }
}

}  // namespace
}  // namespace oncegate::store
