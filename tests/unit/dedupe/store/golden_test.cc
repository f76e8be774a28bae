// The bytes on disk, held by a committed fixture: what was written once must be written again, byte
// for byte, and stay readable.
#include <gtest/gtest.h>
#include <leveldb/db.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "dedupe/codec/event_codec.h"
#include "dedupe/store/key_codec.h"
#include "dedupe/store/value_codec.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate::store {
namespace {

constexpr FingerprintScope kScope{{"orders", "pos-17"}, 0x0102030405060708, {3}};
constexpr WallTime kTime{1769860800'500'000};  // 2026-01-31T12:00:00.5Z

struct Record {
  std::string key;
  std::string value;
  friend bool operator==(const Record&, const Record&) = default;
};

IndexedProducer GoldenProducer() {
  IndexedProducer entry;
  for (std::uint8_t i = 0; i < 16; ++i) entry.token.bytes[i] = static_cast<std::uint8_t>(0xa0 + i);
  entry.fingerprint_generation = kScope.generation;
  entry.state.known = true;
  entry.state.epoch = {3};
  entry.state.window = {.floor = -1, .ranges = {{0, 1045}, {1048, 1050}}};
  return entry;
}

/// An upsert with a time, and a delete of the same producer.
std::vector<Event> GoldenEvents() {
  std::vector<Event> events(2);
  events[0].producer = events[1].producer = "pos-17";
  events[0].epoch = events[1].epoch = {3};
  events[0].key = events[1].key = "a";
  events[0].sequence = Sequence{1046};
  events[0].event_time = kTime;
  events[0].value = "{\"n\":1}";
  events[0].fingerprint = {0x1111111111111111, 0x2222222222222222};
  events[1].sequence = Sequence{1047};
  events[1].operation = Operation::kDelete;
  events[1].version = Version{0, 7};
  events[1].fingerprint = {0x3333333333333333, 0x4444444444444444};
  return events;
}

std::map<std::string, Record> EncodeAll() {
  std::map<std::string, Record> records;
  const auto add = [&records](const std::string& name, std::string key, auto encode) {
    std::string value = encode(key);
    records[name] = {std::move(key), std::move(value)};
  };
  add("format", std::string(kFormatKey), [](auto& key) { return EncodeNumber32(key, 1); });
  add("ordinals", std::string(kOrdinalsKey),
      [](auto& key) { return EncodeNumber64(key, (1ULL << 44) + 1); });
  add("producer", ProducerRecordKey(kScope.producer),
      [](auto& key) { return EncodeProducer(key, GoldenProducer()); });
  std::string block = ScopePrefix(kScope);
  AppendBlock(BlockOf(1045), &block);
  AppendOrdinal(1, &block);
  add("fingerprint", block, [](auto& key) {
    const std::vector<SequenceFingerprint> entries{
        {1045, {0x1111111111111111, 0x2222222222222222}},
        {1048, {0x3333333333333333, 0x4444444444444444}}};
    return EncodeBlock(key, kTime, entries);
  });
  add("id", IdKey("payments", "b7f2"), [](auto& key) {
    return EncodeId(
        key, {.fingerprint = {0x5555555555555555, 0x6666666666666666}, .committed_at = kTime});
  });
  add("cursor", CursorKey("expiry"), [](auto& key) { return EncodeText(key, "pos-17"); });
  add("sweep", SweepKey(StreamPrefix(Family::kId, "payments")), [](auto& key) {
    return EncodeSweep(key, {.halvings = 0, .position = IdKey("payments", "b7f2")});
  });
  add("audit", AuditKey(kTime, 2),
      [](auto& key) { return EncodeText(key, R"({"action":"pause"})"); });
  add("journal", JournalKey("orders", 3),
      [](auto& key) { return EncodeJournalEntry(key, kTime, EncodeEvents(GoldenEvents())); });
  return records;
}

std::string ToHex(std::string_view bytes) {
  std::ostringstream hex;
  for (const char byte : bytes) {
    hex << "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4]
        << "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return hex.str();
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

/// Lines "name key value", the latter two in hex.
std::map<std::string, Record> ReadFixture() {
  std::map<std::string, Record> records;
  std::ifstream file(ONCEGATE_GOLDEN_STORE "/records.hex");
  EXPECT_TRUE(file.good());
  std::string name;
  std::string key;
  std::string value;
  while (file >> name >> key >> value) records[name] = {FromHex(key), FromHex(value)};
  return records;
}

TEST(Golden, RecordsAreWrittenAsTheFixtureHasThem) {
  const auto fixture = ReadFixture();
  const auto encoded = EncodeAll();
  EXPECT_EQ(fixture.size(), encoded.size());
  for (const auto& [name, record] : encoded) {
    const auto expected = fixture.find(name);
    EXPECT_TRUE(expected != fixture.end() && expected->second == record)
        << name << " is now\n"
        << name << " " << ToHex(record.key) << " " << ToHex(record.value);
  }
}

TEST(Golden, AStoreOfTheFixturesRecordsIsReadBack) {
  const StoreFolder folder;
  {
    leveldb::Options options;
    options.create_if_missing = true;
    leveldb::DB* opened = nullptr;
    ASSERT_TRUE(leveldb::DB::Open(options, folder.store().string(), &opened).ok());
    const std::unique_ptr<leveldb::DB> database(opened);
    for (const auto& [name, record] : ReadFixture()) {
      ASSERT_TRUE(database->Put({}, record.key, record.value).ok());
    }
  }
  const auto store = folder.Open();
  const auto producer = store->ReadProducer(kScope.producer);
  ASSERT_OK(producer);
  ASSERT_TRUE(producer->has_value());
  EXPECT_EQ((*producer)->token, GoldenProducer().token);
  EXPECT_EQ((*producer)->state, GoldenProducer().state);
  EXPECT_EQ((*producer)->fingerprint_generation, kScope.generation);
  EXPECT_EQ(ReadOneFingerprint(store.get(), kScope, 1045),
            (Fingerprint{0x1111111111111111, 0x2222222222222222}));
  EXPECT_EQ(ReadOneFingerprint(store.get(), kScope, 1046), std::nullopt);
  const std::vector<std::string_view> ids{"b7f2"};
  EXPECT_EQ(store->ReadIds("payments", ids)->front()->committed_at, kTime);
  EXPECT_EQ(*store->ReadCursor("expiry"), "pos-17");
  EXPECT_EQ(store->SweepIds("payments", {0}, 10)->examined, 0U) << "the position was not kept";
  EXPECT_THAT(AuditTrail(store.get()), testing::ElementsAre(R"({"action":"pause"})"));
}

TEST(Golden, TheFormatDocumentWorksTheFixturesRecords) {
  std::string document;
  for (const char character : ReadBytes(ONCEGATE_FORMAT_DOCUMENT)) {
    if (character != ' ' && character != '\n') document += character;
  }
  for (const auto& [name, record] : ReadFixture()) {
    EXPECT_THAT(document, testing::HasSubstr(ToHex(record.key) + "->" + ToHex(record.value)))
        << name;
  }
}

}  // namespace
}  // namespace oncegate::store
