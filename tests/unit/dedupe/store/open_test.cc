// Opening: what a store's folder may look like, and what is said where it can not be used.
#include <gtest/gtest.h>
#include <leveldb/db.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "dedupe/store/key_codec.h"
#include "dedupe/store/leveldb_store_opener.h"
#include "dedupe/store/value_codec.h"
#include "tests/unit/dedupe/store/child_process.h"
#include "tests/unit/dedupe/store/faulty_env.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Writes into the folder behind the store's back.
void PutRaw(const StoreFolder& folder, std::string_view key, std::string_view value) {
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* opened = nullptr;
  ASSERT_TRUE(leveldb::DB::Open(options, folder.store().string(), &opened).ok());
  const std::unique_ptr<leveldb::DB> database(opened);
  ASSERT_TRUE(database
                  ->Put({}, leveldb::Slice(key.data(), key.size()),
                        leveldb::Slice(value.data(), value.size()))
                  .ok());
}

TEST(Open, MissingFoldersAreCreated) {
  const StoreFolder folder;
  LevelDbStoreOptions options = folder.Options();
  options.directory = folder.root() / "a" / "b" / "index";
  EXPECT_TRUE(LevelDbStore::Open(options).has_value());
}

TEST(Open, AFileInPlaceOfTheFolderIsNamed) {
  const StoreFolder folder;
  WriteBytes(folder.store(), "not a folder");
  EXPECT_THAT(folder.OpenFailure(), AllOf(HasSubstr(folder.store().string()), HasSubstr("folder")));
}

TEST(Open, AFileInPlaceOfAParentIsNamed) {
  const StoreFolder folder;
  WriteBytes(folder.root() / "file", "");
  LevelDbStoreOptions options = folder.Options();
  options.directory = folder.root() / "file" / "index";
  const auto opened = LevelDbStore::Open(options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message, HasSubstr("Not a directory"));
}

TEST(Open, AFolderWithoutRightsIsNamedWithTheWayOut) {
  const StoreFolder folder;
  ASSERT_EQ(::chmod(folder.root().c_str(), 0755), 0);
  std::filesystem::create_directory(folder.store());
  ASSERT_EQ(::chmod(folder.store().c_str(), 0555), 0);
  ChildProcess other_user({ONCEGATE_STORE_TEST_PROCESS, "open", folder.store().string()});
  const auto message = other_user.ReadLine();
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(*message, AllOf(HasSubstr(folder.store().string()), HasSubstr("Permission denied"),
                              HasSubstr("must be writable")));
  EXPECT_EQ(other_user.Wait(), 1);
}

TEST(Open, AFullDiskIsSaidToBeFullAndSpaceIsEnoughToStart) {
  const StoreFolder folder;
  FaultyEnv disk;
  disk.LeaveSpaceFor(20);
  const auto opened = LevelDbStoreOpener::Open(folder.Options(), &disk);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr(folder.store().string()), HasSubstr("free space")));
  disk.FreeSpace();
  EXPECT_TRUE(LevelDbStoreOpener::Open(folder.Options(), &disk).has_value());
}

TEST(Open, AnInterruptedCreationIsFinishedByTheNextStart) {
  for (std::int64_t bytes = 0; bytes < 400; bytes += 7) {
    const StoreFolder folder;
    FaultyEnv disk;
    disk.LeaveSpaceFor(bytes);
    static_cast<void>(LevelDbStoreOpener::Open(folder.Options(), &disk));
    disk.FreeSpace();
    auto opened = LevelDbStoreOpener::Open(folder.Options(), &disk);
    ASSERT_OK(opened);
    ASSERT_OK((*opened)->AppendAudit({{0}, "works"}));
  }
}

TEST(Open, ANewerFormatIsRefusedByName) {
  const StoreFolder folder;
  folder.Open();
  PutRaw(folder, store::kFormatKey, store::EncodeNumber32(store::kFormatKey, 2));
  EXPECT_THAT(folder.OpenFailure(), AllOf(HasSubstr(folder.store().string()), HasSubstr("format 2"),
                                          HasSubstr("newer oncegate")));
}

TEST(Open, ARecordWhoseOwnChecksumIsWrongIsDamageThoughLevelDbIsContent) {
  const StoreFolder folder;
  folder.Open();
  const std::string key = store::IdKey("orders", "x");
  std::string value = store::EncodeId(key, {.fingerprint = FingerprintFor(1), .committed_at = {2}});
  value[3] = static_cast<char>(value[3] ^ 1);
  PutRaw(folder, key, value);
  EXPECT_THAT(folder.OpenFailure(),
              AllOf(HasSubstr(".ldb"), HasSubstr("family 'i'"), HasSubstr("rebuild-index")));
}

TEST(Open, AnotherProgramsDatabaseIsLeftAlone) {
  const StoreFolder folder;
  PutRaw(folder, "theirs", "data");
  EXPECT_THAT(folder.OpenFailure(), HasSubstr("oncegate did not write"));
}

TEST(Open, AnEmptyDatabaseWithoutAFormatIsTakenAsNew) {
  const StoreFolder folder;
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* opened = nullptr;
  ASSERT_TRUE(leveldb::DB::Open(options, folder.store().string(), &opened).ok());
  delete opened;
  folder.Open();
}

}  // namespace
}  // namespace oncegate
