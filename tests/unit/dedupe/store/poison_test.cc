// Poison: after the first failed write nothing is acknowledged until the store was reopened, and
// what was acknowledged as fsynced is there afterwards.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dedupe/store/leveldb_store_opener.h"
#include "tests/unit/dedupe/store/faulty_env.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

class PoisonTest : public testing::Test {
 protected:
  void Open() {
    store.reset();
    auto opened = LevelDbStoreOpener::Open(folder.Options(), &disk);
    ASSERT_OK(opened);
    store = std::move(*opened);
  }
  void StartOver() {
    store.reset();
    std::filesystem::remove_all(folder.store());
    acknowledged.clear();
    Open();
  }
  /// Appends until `count` are acknowledged or one fails; true if none failed.
  bool Append(int count) {
    for (int i = 0; i < count; ++i) {
      std::string json = std::to_string(next++) + std::string(200, 'x');
      if (!store->AppendAudit({{0}, json})) return false;
      acknowledged.push_back(std::move(json));
    }
    return true;
  }
  /// Every acknowledged record is there, in order; a failed one may be.
  void ExpectEverythingAcknowledged() {
    const std::vector<std::string> trail = AuditTrail(store.get());
    auto at = trail.begin();
    for (const std::string& json : acknowledged) {
      at = std::find(at, trail.end(), json);
      ASSERT_NE(at, trail.end()) << "lost: " << json.substr(0, 5);
    }
  }

  FaultyEnv disk;
  const StoreFolder folder;
  std::unique_ptr<LevelDbStore> store;
  std::vector<std::string> acknowledged;
  int next = 0;
};

TEST_F(PoisonTest, AfterAFailedWriteEveryCallFailsUntilReopened) {
  Open();
  ASSERT_TRUE(Append(3));
  disk.LeaveSpaceFor(100);
  ASSERT_FALSE(Append(1));
  disk.FreeSpace();
  EXPECT_TRUE(store->IsPoisoned());
  const FingerprintScope scope{{"s", "p"}, 1, {0}};
  const std::int64_t sequence = 0;
  std::optional<Fingerprint> found;
  const std::vector<std::string_view> ids{"x"};
  EXPECT_FALSE(store->Write({}).has_value());
  EXPECT_FALSE(store->ReadProducer({"s", "p"}).has_value());
  EXPECT_FALSE(store->ReadFingerprints(scope, {&sequence, 1}, {&found, 1}).has_value());
  EXPECT_FALSE(store->ReadIds("s", ids).has_value());
  EXPECT_FALSE(store->EraseProducer({"s", "p"}).has_value());
  EXPECT_FALSE(store->EraseIds("s", ids).has_value());
  EXPECT_FALSE(store->SweepFingerprints({0}, 10).has_value());
  EXPECT_FALSE(store->SweepIds("s", {0}, 10).has_value());
  EXPECT_FALSE(store->ReadCursor("c").has_value());
  EXPECT_FALSE(store->WriteCursor("c", "x").has_value());
  EXPECT_FALSE(store->ReadAudit(1).has_value());
  const auto refused = store->AppendAudit({{0}, "refused"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, testing::HasSubstr("No space left on device"));

  ASSERT_OK(store->Reopen());
  EXPECT_FALSE(store->IsPoisoned());
  ASSERT_TRUE(Append(3));
  ExpectEverythingAcknowledged();
}

TEST_F(PoisonTest, NothingAcknowledgedAroundAFullDiskIsLostWhereverItFills) {
  for (std::int64_t space = 0; space < 3000; space += 53) {
    StartOver();
    disk.LeaveSpaceFor(space);
    ASSERT_FALSE(Append(100));
    disk.FreeSpace();
    Append(5);  // Acknowledging any of these would lose it.
    ASSERT_OK(store->Reopen());
    ASSERT_TRUE(Append(5));
    Open();
    ExpectEverythingAcknowledged();
    if (HasFatalFailure()) FAIL() << "with space for " << space << " bytes";
  }
}

TEST_F(PoisonTest, AFullDiskWhileTablesAreWrittenLosesNothing) {
  // With a write buffer of 64 KiB the tables, too, are written while space runs out.
  for (const std::int64_t space : {100'000, 150'000, 200'000, 400'000}) {
    StartOver();
    disk.LeaveSpaceFor(space);
    ASSERT_FALSE(Append(10'000));
    disk.FreeSpace();
    ASSERT_OK(store->Reopen());
    ASSERT_TRUE(Append(300));
    Open();
    ExpectEverythingAcknowledged();
  }
}

TEST_F(PoisonTest, AFailedSyncPoisons) {
  Open();
  ASSERT_TRUE(Append(3));
  disk.FailSyncs(true);
  ASSERT_FALSE(Append(1));
  EXPECT_TRUE(store->IsPoisoned());
  disk.FailSyncs(false);
  ASSERT_FALSE(Append(1));
  ASSERT_OK(store->Reopen());
  ASSERT_TRUE(Append(1));
  ExpectEverythingAcknowledged();
}

TEST_F(PoisonTest, ReopeningOnAFullDiskFailsAndMayBeTriedAgain) {
  Open();
  ASSERT_TRUE(Append(3));
  disk.LeaveSpaceFor(0);
  ASSERT_FALSE(Append(1));
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_FALSE(store->Reopen().has_value());
    EXPECT_TRUE(store->IsPoisoned());
    EXPECT_FALSE(store->ReadAudit(1).has_value());
  }
  disk.FreeSpace();
  ASSERT_OK(store->Reopen());
  ASSERT_TRUE(Append(1));
  ExpectEverythingAcknowledged();
}

TEST_F(PoisonTest, NoConcurrentWriteIsAcknowledgedBehindAFailure) {
  Open();
  std::vector<std::vector<std::string>> acknowledged_by(4);
  disk.LeaveSpaceFor(20'000);
  std::vector<std::thread> writers;
  for (std::size_t writer = 0; writer < acknowledged_by.size(); ++writer) {
    writers.emplace_back([this, writer, &mine = acknowledged_by[writer]] {
      for (int i = 0; i < 1000; ++i) {
        if (i == 500) disk.FreeSpace();  // Long after the disk was full.
        std::string json = std::to_string(writer) + ":" + std::to_string(i) + std::string(100, 'x');
        if (store->AppendAudit({{0}, json})) mine.push_back(std::move(json));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ASSERT_TRUE(store->IsPoisoned());
  ASSERT_OK(store->Reopen());
  const std::vector<std::string> trail = AuditTrail(store.get());
  for (const auto& mine : acknowledged_by) {
    for (const std::string& json : mine) EXPECT_THAT(trail, testing::Contains(json));
  }
}

}  // namespace
}  // namespace oncegate
