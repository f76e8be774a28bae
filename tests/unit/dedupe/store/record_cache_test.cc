// RecordCache, and that a store with it answers what LevelDB would have answered.
#include "dedupe/store/record_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "dedupe/store/files.h"
#include "dedupe/store/leveldb_store_opener.h"
#include "tests/unit/dedupe/store/faulty_env.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

using store::RecordCache;

constexpr std::size_t kOneSet = 1;  // The smallest cache there is.

class RecordCacheTest : public testing::Test {
 protected:
  std::string Read(std::string_view key) {
    std::string value;
    return cache.Find(key, &value, &ticket) ? value : "absent";
  }

  RecordCache cache{kOneSet};
  RecordCache::Ticket ticket;
};

TEST_F(RecordCacheTest, ALaterValueReplacesAnEarlierOne) {
  cache.Put("key", "a");
  cache.Put("key", "bc");
  EXPECT_EQ(Read("key"), "bc");
  EXPECT_EQ(Read("ke"), "absent");
}

TEST_F(RecordCacheTest, WhatWasDroppedOrClearedIsAbsent) {
  cache.Put("dropped", "a");
  cache.Put("cleared", "b");
  cache.Drop("dropped");
  EXPECT_EQ(Read("dropped"), "absent");
  EXPECT_EQ(Read("cleared"), "b");
  cache.Clear();
  EXPECT_EQ(Read("cleared"), "absent");
}

TEST_F(RecordCacheTest, AnAnswerIsTakenIfNothingWasWrittenSinceItWasAskedFor) {
  Read("key");
  cache.Fill("key", "answer", ticket);
  EXPECT_EQ(Read("key"), "answer");
}

TEST_F(RecordCacheTest, AnAnswerFromBeforeAWriteIsNotTaken) {
  Read("written");
  cache.Put("written", "new");
  cache.Fill("written", "old", ticket);
  EXPECT_EQ(Read("written"), "new");
  Read("erased");
  cache.Drop("erased");
  cache.Fill("erased", "old", ticket);
  EXPECT_EQ(Read("erased"), "absent");
  Read("cleared");
  cache.Clear();
  cache.Fill("cleared", "old", ticket);
  EXPECT_EQ(Read("cleared"), "absent");
}

TEST_F(RecordCacheTest, TheOldestRecordMakesRoom) {
  constexpr int kRecords = 9;  // One more than a set has slots.
  for (int i = 0; i < kRecords; ++i) cache.Put("key" + std::to_string(i), std::to_string(i));
  EXPECT_EQ(Read("key0"), "absent");
  for (int i = 1; i < kRecords; ++i) EXPECT_EQ(Read("key" + std::to_string(i)), std::to_string(i));
}

TEST_F(RecordCacheTest, AValueThatGrewTooLargeLeavesNoOldOneBehind) {
  cache.Put("key", std::string(RecordCache::kRecordBytesMax - 3, 'x'));
  EXPECT_NE(Read("key"), "absent");
  cache.Put("key", std::string(RecordCache::kRecordBytesMax - 2, 'y'));
  EXPECT_EQ(Read("key"), "absent");
}

/// A store whose reads come from the cache, and the disk below it.
class CachedStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = LevelDbStoreOpener::Open(folder.Options(), &disk);
    ASSERT_OK(opened);
    store = std::move(*opened);
  }
  bool WriteThrough(std::int64_t last_sequence) {
    IndexUpdate update;
    update.producers.push_back({kKey, ProducerThrough(last_sequence)});
    return store->Write(update).has_value();
  }
  /// The highest sequence of the producer; -1 if it is not known.
  std::int64_t Highest() {
    const auto entry = store->ReadProducer(kKey);
    EXPECT_TRUE(entry.has_value()) << entry.error().message;
    return *entry ? HighestSequence((**entry).state.window) : -1;
  }

  static constexpr ProducerKey kKey{"orders", "pos-17"};
  FaultyEnv disk;
  const StoreFolder folder;
  std::unique_ptr<LevelDbStore> store;
};

TEST_F(CachedStoreTest, AnErasedProducerIsAbsent) {
  ASSERT_TRUE(WriteThrough(1));
  EXPECT_EQ(Highest(), 1);
  ASSERT_OK(store->EraseProducer(kKey));
  EXPECT_EQ(Highest(), -1);
}

TEST_F(CachedStoreTest, WhatAFailedWriteHeldIsNotRemembered) {
  ASSERT_TRUE(WriteThrough(1));
  disk.LeaveSpaceFor(0);
  ASSERT_FALSE(WriteThrough(2));
  disk.FreeSpace();
  EXPECT_FALSE(store->ReadProducer(kKey).has_value());
  ASSERT_OK(store->Reopen());
  EXPECT_EQ(Highest(), 1);
}

TEST_F(CachedStoreTest, AfterReopeningTheDiskAnswers) {
  ASSERT_TRUE(WriteThrough(1));
  ASSERT_TRUE(WriteThrough(2));
  disk.LeaveSpaceFor(0);
  ASSERT_FALSE(WriteThrough(3));
  disk.FreeSpace();
  const auto log = folder.NewestFile(".log");
  ASSERT_OK(store::ShortenFile(log, std::filesystem::file_size(log) - 1));  // The second is lost.
  ASSERT_OK(store->Reopen());
  EXPECT_EQ(Highest(), 1);
}

}  // namespace
}  // namespace oncegate
