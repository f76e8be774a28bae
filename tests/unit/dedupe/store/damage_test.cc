// Damaged files: a start is refused with the name of the file and the way out, a write that a crash
// cut short is not taken for damage, and nothing is ever dropped in silence.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kRecords = 20;

std::vector<std::string> Trail(int records) {
  std::vector<std::string> trail;
  for (int i = 0; i < records; ++i) trail.push_back(std::to_string(i) + std::string(300, 'x'));
  return trail;
}

class DamageTest : public testing::Test {
 protected:
  /// Leaves a log with kRecords audit records behind.
  void SetUp() override {
    const auto store = folder.Open();
    for (const std::string& json : Trail(kRecords)) ASSERT_OK(store->AppendAudit({{0}, json}));
  }
  /// Reopens, which turns the log into a table.
  void MoveLogIntoATable() const { folder.Open(); }
  void ExpectRefusalNaming(const std::filesystem::path& path) const {
    EXPECT_THAT(folder.OpenFailure(),
                AllOf(HasSubstr(path.string()), HasSubstr("oncegate rebuild-index")));
  }

  const StoreFolder folder;
};

TEST_F(DamageTest, AFlippedBitInTheLogRefusesToStart) {
  const auto log = folder.NewestFile(".log");
  const std::uint64_t bytes = std::filesystem::file_size(log);
  for (std::uint64_t byte = 0; byte < bytes; byte += 211) {
    FlipBit(log, byte);
    ExpectRefusalNaming(log);
    FlipBit(log, byte);
  }
  EXPECT_EQ(AuditTrail(folder.Open().get()), Trail(kRecords));
}

TEST_F(DamageTest, ADamagedLengthInTheLastBlockWhichLevelDbDropsInSilenceRefusesToStart) {
  const auto log = folder.NewestFile(".log");
  const std::string bytes = ReadBytes(log);
  const std::size_t json = bytes.find("10xxx");
  ASSERT_NE(json, std::string::npos);
  // The record's header ends 1 + 12 bytes of batch header, tag, and key lengths before; its length
  // field is found by its value.
  std::size_t header = json;
  while (bytes[header] != 1 || bytes[header - 1] != 1) --header;
  FlipBit(log, header - 1, 7);
  ExpectRefusalNaming(log);
}

TEST_F(DamageTest, ALogThatEndsInMidRecordOpensWithEverythingBefore) {
  const auto log = folder.NewestFile(".log");
  const std::string whole = ReadBytes(log);
  for (const std::size_t cut : {1, 5, 100, 300, 320}) {
    WriteBytes(log, whole.substr(0, whole.size() - cut));
    EXPECT_EQ(AuditTrail(folder.Open().get()), Trail(kRecords - 1)) << cut;
    std::filesystem::remove_all(folder.store());
    SetUp();
    ASSERT_EQ(ReadBytes(log).size(), whole.size());
  }
}

TEST_F(DamageTest, ALogThatEndsInZerosInMidRecordOpensWithEverythingBefore) {
  const auto log = folder.NewestFile(".log");
  std::string bytes = ReadBytes(log);
  const std::size_t last = bytes.rfind("19xxx");
  bytes.resize(last + 50);
  bytes.resize(bytes.size() + 4096, '\0');
  WriteBytes(log, bytes);
  const auto store = folder.Open();
  EXPECT_EQ(AuditTrail(store.get()), Trail(kRecords - 1));
  ASSERT_OK(store->AppendAudit({{1}, "goes on"}));
}

TEST_F(DamageTest, AFlippedBitAnywhereInATableRefusesToStart) {
  MoveLogIntoATable();
  const auto table = folder.NewestFile(".ldb");
  const std::uint64_t bytes = std::filesystem::file_size(table);
  int refused = 0;
  int positions = 0;
  for (std::uint64_t byte = 0; byte < bytes; byte += 97) {
    FlipBit(table, byte);
    ++positions;
    const auto opened = LevelDbStore::Open(folder.Options());
    if (!opened) {
      ++refused;
      EXPECT_THAT(opened.error().message,
                  AllOf(HasSubstr(".ldb"), HasSubstr("oncegate rebuild-index")));
      FlipBit(table, byte);
      continue;
    }
    // Only what is derived from the records may be lost: the filter, which LevelDB does without,
    // and the padding of the footer.
    EXPECT_EQ(AuditTrail(opened->get()), Trail(kRecords)) << byte;
    FlipBit(table, byte);
  }
  EXPECT_GT(refused, positions * 9 / 10);
}

TEST_F(DamageTest, AMissingTableRefusesToStart) {
  MoveLogIntoATable();
  const auto table = folder.NewestFile(".ldb");
  std::filesystem::remove(table);
  ExpectRefusalNaming(table);
}

TEST_F(DamageTest, AnUnreadableManifestOrCurrentRefusesToStart) {
  std::filesystem::path manifest;
  for (const auto& entry : std::filesystem::directory_iterator(folder.store())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) manifest = entry.path();
  }
  FlipBit(manifest, 10);
  ExpectRefusalNaming(manifest);
  FlipBit(manifest, 10);
  WriteBytes(folder.store() / "CURRENT", "MANIFEST-999999\n");
  EXPECT_THAT(folder.OpenFailure(), AllOf(HasSubstr("CURRENT"), HasSubstr("rebuild-index")));
}

TEST_F(DamageTest, AMissingCurrentRefusesToStartAndNothingIsRemoved) {
  MoveLogIntoATable();
  const auto table = folder.NewestFile(".ldb");
  std::filesystem::remove(folder.store() / "CURRENT");
  ExpectRefusalNaming(folder.store() / "CURRENT");
  EXPECT_TRUE(std::filesystem::exists(table));
}

TEST_F(DamageTest, ATableThatWasNotCheckedAtStartPoisonsWhenItIsReadAndIsThenNamed) {
  MoveLogIntoATable();
  const auto table = folder.NewestFile(".ldb");
  FlipBit(table, 600);
  LevelDbStoreOptions options = folder.Options();
  options.checked_at_start_bytes_max = 0;
  {
    const auto store = LevelDbStore::Open(options);
    ASSERT_OK(store);
    EXPECT_FALSE((*store)->ReadAudit(100).has_value());
    EXPECT_TRUE((*store)->IsPoisoned());
    const auto reopened = (*store)->Reopen();
    ASSERT_FALSE(reopened.has_value());
    EXPECT_THAT(reopened.error().message, HasSubstr(table.string()));
    EXPECT_TRUE((*store)->IsPoisoned());
    EXPECT_FALSE((*store)->AppendAudit({{0}, "refused"}).has_value());
  }
  const auto restarted = LevelDbStore::Open(options);
  ASSERT_FALSE(restarted.has_value());
  EXPECT_THAT(restarted.error().message, HasSubstr(table.string()));
  FlipBit(table, 600);
  for (int start = 0; start < 2; ++start) {
    const auto mended = LevelDbStore::Open(options);
    ASSERT_OK(mended);
    EXPECT_EQ(AuditTrail(mended->get()), Trail(kRecords));
  }
}

TEST_F(DamageTest, ADamagedTableIsNeverCompactedIntoANewOne) {
  MoveLogIntoATable();
  const auto table = folder.NewestFile(".ldb");
  FlipBit(table, 600);
  LevelDbStoreOptions options = folder.Options();
  options.checked_at_start_bytes_max = 0;
  const auto store = LevelDbStore::Open(options);
  ASSERT_OK(store);
  // Their keys lie among those of the damaged table, so that a compaction has to read it.
  const std::string position(1000, 'x');
  for (int i = 0; i < 20'000 && !(*store)->IsPoisoned(); ++i) {
    static_cast<void>((*store)->WriteCursor(std::to_string(i % 1000), position));
  }
  ASSERT_TRUE((*store)->IsPoisoned());
  const auto reopened = (*store)->Reopen();
  ASSERT_FALSE(reopened.has_value());
  EXPECT_THAT(reopened.error().message, HasSubstr(table.string()));
}

}  // namespace
}  // namespace oncegate
