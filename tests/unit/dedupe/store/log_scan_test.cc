// ScanLog against logs that LevelDB itself wrote.
#include "dedupe/store/log_scan.h"

#include <gtest/gtest.h>
#include <leveldb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate::store {
namespace {

constexpr std::size_t kBlockBytes = 32768;

/// The log of a database with one record per entry of `value_bytes`.
std::string LogWith(const std::vector<std::size_t>& value_bytes) {
  const StoreFolder folder;
  std::filesystem::create_directory(folder.store());
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* opened = nullptr;
  EXPECT_TRUE(leveldb::DB::Open(options, folder.store().string(), &opened).ok());
  const std::unique_ptr<leveldb::DB> database(opened);
  char fill = 'a';
  for (const std::size_t bytes : value_bytes) {
    EXPECT_TRUE(database->Put({}, std::to_string(bytes), std::string(bytes, fill++)).ok());
  }
  return ReadBytes(folder.NewestFile(".log"));
}

TEST(LogScan, WhatLevelDbWroteIsIntact) {
  for (const auto& value_bytes : std::vector<std::vector<std::size_t>>{
           {}, {1}, {100, 200, 300}, {40'000}, {100, 70'000, 100}, {32'700, 50, 50, 200'000}}) {
    const std::string log = LogWith(value_bytes);
    const LogScan scan = ScanLog(log);
    EXPECT_EQ(scan.condition, LogCondition::kIntact);
    EXPECT_EQ(scan.readable_bytes, log.size());
  }
}

TEST(LogScan, ALogCutAnywhereEndsShortOrBetweenRecords) {
  const std::string log = LogWith({100, 33'000, 50});
  for (std::size_t bytes = 0; bytes < log.size(); ++bytes) {
    const LogScan scan = ScanLog(std::string_view(log).substr(0, bytes));
    EXPECT_NE(scan.condition, LogCondition::kDamaged) << bytes;
    EXPECT_NE(scan.condition, LogCondition::kZeroTail) << bytes;
    EXPECT_LE(scan.readable_bytes, bytes);
  }
}

TEST(LogScan, EveryFlippedBitIsDamageWhereverItIs) {
  // The last record too: it is whole, so no crash explains it.
  const std::string log = LogWith({20, 30, 40});
  for (std::size_t bit = 0; bit < log.size() * 8; ++bit) {
    std::string damaged = log;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_EQ(ScanLog(damaged).condition, LogCondition::kDamaged) << "bit " << bit;
  }
}

TEST(LogScan, AFlippedBitInARecordOverManyBlocksIsDamage) {
  const std::string log = LogWith({10, 100'000, 10});
  for (std::size_t byte = 0; byte < log.size(); byte += 997) {
    std::string damaged = log;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 4);
    EXPECT_EQ(ScanLog(damaged).condition, LogCondition::kDamaged) << "byte " << byte;
  }
}

TEST(LogScan, AFileThatGrewBeforeItsDataWereWrittenHasAZeroTail) {
  const std::string log = LogWith({3000, 5000, 4000});
  const std::size_t last_record = log.size() - 4000;
  for (std::size_t written = last_record; written + 512 < log.size(); written += 512) {
    std::string torn = log;
    const std::size_t sector = written / 512 * 512;
    torn.replace(sector, log.size() - sector, log.size() - sector, '\0');
    const LogScan scan = ScanLog(torn);
    EXPECT_EQ(scan.condition, LogCondition::kZeroTail) << sector;
    EXPECT_LT(scan.readable_bytes, sector);
  }
}

TEST(LogScan, ZerosBehindTheLastRecordAreCutOffThere) {
  const std::string log = LogWith({100, 100});
  for (const std::size_t zeros :
       {std::size_t{1}, std::size_t{7}, std::size_t{4096}, 3 * kBlockBytes}) {
    const LogScan scan = ScanLog(log + std::string(zeros, '\0'));
    EXPECT_EQ(scan.condition, LogCondition::kZeroTail) << zeros;
    EXPECT_EQ(scan.readable_bytes, log.size());
  }
}

TEST(LogScan, AZeroTailWithinARecordOverManyBlocksCutsTheWholeRecord) {
  std::string log = LogWith({100, 100'000});
  const std::size_t first_record = LogWith({100}).size();
  log.replace(50'000, log.size() - 50'000, log.size() - 50'000, '\0');
  const LogScan scan = ScanLog(log);
  EXPECT_EQ(scan.condition, LogCondition::kZeroTail);
  EXPECT_EQ(scan.readable_bytes, first_record);
}

TEST(LogScan, ZerosInTheMiddleAreDamage) {
  std::string log = LogWith({20'000, 20'000, 20'000});
  log.replace(8192, 4096, 4096, '\0');
  EXPECT_EQ(ScanLog(log).condition, LogCondition::kDamaged);
}

TEST(LogScan, AMissingBlockIsDamage) {
  std::string log = LogWith({20'000, 20'000, 20'000, 20'000});
  log.erase(0, kBlockBytes);
  EXPECT_EQ(ScanLog(log).condition, LogCondition::kDamaged);
}

}  // namespace
}  // namespace oncegate::store
