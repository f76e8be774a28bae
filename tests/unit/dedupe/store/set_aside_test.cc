#include "dedupe/store/set_aside.h"

#include <gtest/gtest.h>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

constexpr WallTime kNow{1769860800'500'000};  // 2026-01-31T12:00:00.5Z

TEST(SetAside, TheFolderIsRenamedByTimeAndTheNextStartIsEmpty) {
  const StoreFolder folder;
  ASSERT_OK(folder.Open()->AppendAudit({{0}, "before"}));
  std::filesystem::path moved_to;
  ASSERT_OK(SetAsideStore(folder.store(), kNow, &moved_to));
  EXPECT_EQ(moved_to, folder.store().string() + ".set-aside-20260131T120000Z");
  EXPECT_FALSE(std::filesystem::exists(folder.store()));
  EXPECT_TRUE(AuditTrail(folder.Open().get()).empty());

  LevelDbStoreOptions options = folder.Options();
  options.directory = moved_to;
  const auto kept = LevelDbStore::Open(options);
  ASSERT_OK(kept);
  EXPECT_THAT(AuditTrail(kept->get()), testing::ElementsAre("before"));
}

TEST(SetAside, AStoreInUseStaysWhereItIs) {
  const StoreFolder folder;
  const auto store = folder.Open();
  std::filesystem::path moved_to;
  const auto refused = SetAsideStore(folder.store(), kNow, &moved_to);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, testing::HasSubstr("in use"));
  EXPECT_TRUE(moved_to.empty());
  ASSERT_OK(store->AppendAudit({{0}, "still works"}));
}

TEST(SetAside, ADamagedStoreCanBeSetAside) {
  const StoreFolder folder;
  folder.Open();
  FlipBit(folder.NewestFile(".log"), 10);
  folder.OpenFailure();
  std::filesystem::path moved_to;
  ASSERT_OK(SetAsideStore(folder.store(), kNow, &moved_to));
  folder.Open();
}

TEST(SetAside, TwiceInOneSecondKeepsBoth) {
  const StoreFolder folder;
  std::filesystem::path first;
  std::filesystem::path second;
  folder.Open();
  ASSERT_OK(SetAsideStore(folder.store(), kNow, &first));
  folder.Open();
  ASSERT_OK(SetAsideStore(folder.store().string() + "/", kNow, &second));
  EXPECT_NE(first, second);
  EXPECT_TRUE(std::filesystem::is_directory(first));
  EXPECT_TRUE(std::filesystem::is_directory(second));
}

TEST(SetAside, AMissingFolderNeedsNothing) {
  const StoreFolder folder;
  std::filesystem::path moved_to = "stale";
  ASSERT_OK(SetAsideStore(folder.store(), kNow, &moved_to));
  EXPECT_TRUE(moved_to.empty());
}

}  // namespace
}  // namespace oncegate
