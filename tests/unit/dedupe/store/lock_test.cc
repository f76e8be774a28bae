// One process at a time: the lock of the store's folder.
#include <gtest/gtest.h>
#include <leveldb/db.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "tests/unit/dedupe/store/child_process.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(StoreLock, AnotherProcessIsRefusedAndToldWhoHoldsTheStore) {
  const StoreFolder folder;
  ChildProcess holder({ONCEGATE_STORE_TEST_PROCESS, "hold", folder.store().string()});
  ASSERT_EQ(holder.ReadLine(), "open");
  EXPECT_THAT(folder.OpenFailure(), AllOf(HasSubstr((folder.store() / "LOCK").string()),
                                          HasSubstr("process " + std::to_string(holder.pid()))));
  holder.CloseInput();
  EXPECT_EQ(holder.Wait(), 0);
  folder.Open();
}

TEST(StoreLock, AKilledProcessLeavesNoLockBehind) {
  const StoreFolder folder;
  ChildProcess holder({ONCEGATE_STORE_TEST_PROCESS, "hold", folder.store().string()});
  ASSERT_EQ(holder.ReadLine(), "open");
  holder.Kill();
  EXPECT_EQ(holder.Wait(), 128 + 9);
  folder.Open();
}

TEST(StoreLock, ASecondStoreOfTheSameProcessIsRefusedAndTheFirstKeepsItsLock) {
  const StoreFolder folder;
  const auto first = folder.Open();
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THAT(folder.OpenFailure(), HasSubstr("process " + std::to_string(::getpid())));
  }
  ChildProcess other({ONCEGATE_STORE_TEST_PROCESS, "hold", folder.store().string()});
  EXPECT_THAT(other.ReadLine().value_or(""), HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_EQ(other.Wait(), 1);
}

TEST(StoreLock, TheLockIsKeptWhileTheStoreReopens) {
  const StoreFolder folder;
  const auto store = folder.Open();
  ASSERT_OK(store->Reopen());
  ChildProcess other({ONCEGATE_STORE_TEST_PROCESS, "hold", folder.store().string()});
  EXPECT_THAT(other.ReadLine().value_or(""), HasSubstr("in use"));
}

TEST(StoreLock, AProgramThatOpenedTheFolderWithLevelDbAloneIsSeen) {
  const StoreFolder folder;
  folder.Open();
  leveldb::DB* opened = nullptr;
  ASSERT_TRUE(leveldb::DB::Open({}, folder.store().string(), &opened).ok());
  const std::unique_ptr<leveldb::DB> database(opened);
  ChildProcess other({ONCEGATE_STORE_TEST_PROCESS, "hold", folder.store().string()});
  EXPECT_THAT(other.ReadLine().value_or(""), HasSubstr("process " + std::to_string(::getpid())));
}

}  // namespace
}  // namespace oncegate
