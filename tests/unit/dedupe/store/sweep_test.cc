// Expiry in slices through the store.
#include "dedupe/store/sweep.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

constexpr FingerprintScope kScope{{"orders", "pos-17"}, 7, {0}};

class SweepTest : public testing::Test {
 protected:
  void CloseAndOpen(std::uint64_t fingerprint_bytes_max) {
    store.reset();
    LevelDbStoreOptions options = folder.Options();
    options.fingerprint_bytes_max = fingerprint_bytes_max;
    auto opened = LevelDbStore::Open(options);
    ASSERT_OK(opened);
    store = std::move(*opened);
  }
  /// One record each, since every sequence is of a block of its own.
  void WriteBlocks(std::int64_t first, std::int64_t last, WallTime written_at) {
    for (std::int64_t block = first; block <= last; ++block) {
      ASSERT_OK(store->Write(FingerprintsOf(kScope, block * 64, block * 64, written_at)));
    }
  }
  std::int64_t CountBlocks(std::int64_t first, std::int64_t last) {
    std::int64_t count = 0;
    for (std::int64_t block = first; block <= last; ++block) {
      count += ReadOneFingerprint(store.get(), kScope, block * 64).has_value() ? 1 : 0;
    }
    return count;
  }
  void WriteIds(std::string_view stream, int first, int last, WallTime committed_at) {
    for (int i = first; i <= last; ++i) {
      const std::string id = "id-" + std::to_string(i);
      IndexUpdate update;
      update.ids.push_back({stream, id, FingerprintFor(1), committed_at});
      ASSERT_OK(store->Write(update));
    }
  }
  int CountIds(std::string_view stream, int first, int last) {
    int count = 0;
    for (int i = first; i <= last; ++i) {
      const std::string id = "id-" + std::to_string(i);
      const std::vector<std::string_view> ids{id};
      count += store->ReadIds(stream, ids)->front().has_value() ? 1 : 0;
    }
    return count;
  }
  /// Slices until one wraps; the number removed.
  std::uint64_t SweepAllFingerprints(WallTime cutoff) {
    std::uint64_t removed = 0;
    for (;;) {
      const auto slice = store->SweepFingerprints(cutoff, 100);
      EXPECT_TRUE(slice.has_value()) << slice.error().message;
      if (!slice) return removed;
      removed += slice->removed;
      if (slice->wrapped) return removed;
    }
  }

  const StoreFolder folder;
  std::unique_ptr<LevelDbStore> store = folder.Open();
};

TEST_F(SweepTest, OnlyFingerprintsWrittenBeforeTheCutoffAreRemoved) {
  WriteBlocks(0, 9, {100});
  WriteBlocks(10, 19, {200});
  EXPECT_EQ(SweepAllFingerprints({100}), 0U);
  EXPECT_EQ(SweepAllFingerprints({101}), 10U);
  EXPECT_EQ(CountBlocks(0, 9), 0);
  EXPECT_EQ(CountBlocks(10, 19), 10);
}

TEST_F(SweepTest, ASliceExaminesNoMoreThanItMayAndTheNextOneGoesOnThere) {
  WriteBlocks(0, 9, {100});
  for (int slice = 0; slice < 2; ++slice) {
    const auto result = store->SweepFingerprints({101}, 4);
    ASSERT_OK(result);
    EXPECT_EQ(result->examined, 4U);
    EXPECT_EQ(result->removed, 4U);
    EXPECT_FALSE(result->wrapped);
  }
  const auto last = store->SweepFingerprints({101}, 4);
  ASSERT_OK(last);
  EXPECT_EQ(last->examined, 2U);
  EXPECT_TRUE(last->wrapped);
  EXPECT_EQ(CountBlocks(0, 9), 0);
}

TEST_F(SweepTest, ThePositionSurvivesARestart) {
  WriteBlocks(0, 9, {100});
  ASSERT_OK(store->SweepFingerprints({0}, 6));  // Passes six, removes none.
  CloseAndOpen(1 << 30);
  const auto rest = store->SweepFingerprints({101}, 100);
  ASSERT_OK(rest);
  EXPECT_EQ(rest->examined, 4U);
  EXPECT_TRUE(rest->wrapped);
  EXPECT_EQ(CountBlocks(0, 5), 6);
  EXPECT_EQ(CountBlocks(6, 9), 0);
  EXPECT_EQ(SweepAllFingerprints({101}), 6U);
}

TEST_F(SweepTest, AnExactFitWrapsAtOnce) {
  WriteBlocks(0, 3, {100});
  const auto slice = store->SweepFingerprints({0}, 4);
  ASSERT_OK(slice);
  EXPECT_TRUE(slice->wrapped);
}

TEST_F(SweepTest, AnEmptyStoreWrapsAndIsNotWrittenTo) {
  const std::uint64_t bytes = store->ApproximateBytes();
  for (int i = 0; i < 100; ++i) {
    const auto slice = store->SweepFingerprints({100}, 10);
    ASSERT_OK(slice);
    EXPECT_TRUE(slice->wrapped);
    EXPECT_EQ(slice->examined, 0U);
  }
  EXPECT_EQ(store->ApproximateBytes(), bytes);
}

TEST_F(SweepTest, IdsExpireByTheirCommitTimeInTheirStreamOnly) {
  WriteIds("orders", 0, 9, {100});
  WriteIds("orders", 10, 19, {200});
  WriteIds("orders2", 0, 9, {100});
  WriteIds("return", 0, 9, {100});
  std::uint64_t removed = 0;
  for (bool wrapped = false; !wrapped;) {
    const auto slice = store->SweepIds("orders", {200}, 3);
    ASSERT_OK(slice);
    EXPECT_LE(slice->examined, 3U);
    removed += slice->removed;
    wrapped = slice->wrapped;
  }
  EXPECT_EQ(removed, 10U);
  EXPECT_EQ(CountIds("orders", 0, 9), 0);
  EXPECT_EQ(CountIds("orders", 10, 19), 10);
  EXPECT_EQ(CountIds("orders2", 0, 9), 10);
  EXPECT_EQ(CountIds("return", 0, 9), 10);
}

TEST_F(SweepTest, StreamsKeepTheirOwnPositions) {
  WriteIds("orders", 0, 9, {100});
  WriteIds("returns", 0, 9, {100});
  ASSERT_OK(store->SweepIds("orders", {0}, 7));
  CloseAndOpen(1 << 30);
  EXPECT_EQ(store->SweepIds("returns", {0}, 100)->examined, 10U);
  EXPECT_EQ(store->SweepIds("orders", {0}, 100)->examined, 3U);
}

TEST_F(SweepTest, BeyondTheirBudgetTheOldestFingerprintsGoBeforeTheirTime) {
  constexpr std::int64_t kBlocks = 4000;  // About 100 bytes each.
  CloseAndOpen(100'000);
  for (std::int64_t block = 0; block < kBlocks; ++block) {
    ASSERT_OK(store->Write(FingerprintsOf(kScope, block * 64, block * 64, {block})));
  }
  ASSERT_OK(store->Reopen());  // Puts all of it into tables.
  EXPECT_TRUE(store->SweepFingerprints({0}, 10)->over_budget);
  for (int pass = 0; pass < 30; ++pass) SweepAllFingerprints({0});
  EXPECT_FALSE(store->SweepFingerprints({0}, 10)->over_budget);
  EXPECT_EQ(CountBlocks(0, kBlocks / 2), 0);
  const std::int64_t kept = CountBlocks(kBlocks / 2, kBlocks - 1);
  EXPECT_LE(kept, 100'000 / 60);
  EXPECT_GE(kept, 100'000 / 400) << "far more was removed than space asked for";
  EXPECT_EQ(CountBlocks(kBlocks - kept, kBlocks - 1), kept) << "not the oldest were removed";
}

TEST_F(SweepTest, AFewTimesTheirBudgetIsBroughtDownInOnePass) {
  constexpr std::int64_t kBlocks = 4000;
  CloseAndOpen(100'000);
  for (std::int64_t block = 0; block < kBlocks; ++block) {
    ASSERT_OK(store->Write(FingerprintsOf(kScope, block * 64, block * 64, {block})));
  }
  ASSERT_OK(store->Reopen());
  SweepAllFingerprints({0});
  EXPECT_EQ(CountBlocks(0, kBlocks / 2), 0);
  EXPECT_GT(CountBlocks(kBlocks / 2, kBlocks - 1), 0);
}

TEST_F(SweepTest, ABurstThatIsYoungerThanHalfTheRetentionIsBroughtDownPassByPass) {
  constexpr std::int64_t kBlocks = 2000;
  CloseAndOpen(100'000);
  for (std::int64_t block = 0; block < kBlocks; ++block) {
    ASSERT_OK(store->Write(FingerprintsOf(kScope, block * 64, block * 64, {98'000 + block})));
  }
  ASSERT_OK(store->Reopen());
  SweepAllFingerprints({0});
  EXPECT_EQ(CountBlocks(0, kBlocks - 1), kBlocks) << "half the retention holds all of it";
  for (int pass = 0; pass < 20; ++pass) SweepAllFingerprints({0});
  EXPECT_FALSE(store->SweepFingerprints({0}, 10)->over_budget);
  EXPECT_GT(CountBlocks(0, kBlocks - 1), 0);
}

TEST_F(SweepTest, WithinTheirBudgetFingerprintsLiveUntilTheCutoff) {
  CloseAndOpen(10'000'000);
  WriteBlocks(0, 999, {100});
  ASSERT_OK(store->Reopen());
  WriteBlocks(1000, 1000, {200});
  for (int pass = 0; pass < 5; ++pass) EXPECT_EQ(SweepAllFingerprints({0}), 0U);
}

TEST(CutoffAfterHalvings, KeepsTheNewestShareOfTheRetention) {
  using store::CutoffAfterHalvings;
  EXPECT_EQ(CutoffAfterHalvings({0}, {1000}, 0), WallTime{0});
  EXPECT_EQ(CutoffAfterHalvings({0}, {1000}, 1), WallTime{500});
  EXPECT_EQ(CutoffAfterHalvings({0}, {1000}, 3), WallTime{875});
  EXPECT_EQ(CutoffAfterHalvings({-1000}, {1000}, 1), WallTime{0});
  EXPECT_EQ(CutoffAfterHalvings({500}, {100}, 4), WallTime{500}) << "the clock went back";
}

}  // namespace
}  // namespace oncegate
