// Fingerprints through the store: packed, several to a record, the latest one wins.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

class FingerprintTest : public testing::Test {
 protected:
  std::vector<std::optional<Fingerprint>> Read(const std::vector<std::int64_t>& sequences,
                                               const FingerprintScope& asked) {
    std::vector<std::optional<Fingerprint>> found(sequences.size(), Fingerprint{1, 1});
    const auto read = store->ReadFingerprints(asked, sequences, found);
    EXPECT_TRUE(read.has_value()) << read.error().message;
    return found;
  }

  const StoreFolder folder;
  std::unique_ptr<LevelDbStore> store = folder.Open();
  const FingerprintScope scope{{"orders", "pos-17"}, 7, {3}};
};

TEST_F(FingerprintTest, ARunOfSequencesIsReadBackAcrossBlocks) {
  ASSERT_OK(store->Write(FingerprintsOf(scope, 100, 599, {1})));
  std::vector<std::int64_t> sequences(700);
  std::iota(sequences.begin(), sequences.end(), 0);
  const auto found = Read(sequences, scope);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (i >= 100 && i <= 599) {
      EXPECT_EQ(found[i], FingerprintFor(i)) << i;
    } else {
      EXPECT_EQ(found[i], std::nullopt) << i;
    }
  }
}

TEST_F(FingerprintTest, ScatteredSequencesAreFoundAndMissingOnesAreNot) {
  for (const std::int64_t sequence :
       {std::int64_t{0}, std::int64_t{63}, std::int64_t{64}, std::int64_t{5000},
        std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max()}) {
    ASSERT_OK(store->Write(FingerprintsOf(scope, sequence, sequence, {1})));
  }
  const std::vector<std::int64_t> sequences{0,
                                            1,
                                            62,
                                            63,
                                            64,
                                            65,
                                            4999,
                                            5000,
                                            5001,
                                            std::int64_t{1} << 40,
                                            std::numeric_limits<std::int64_t>::max()};
  const auto found = Read(sequences, scope);
  const std::vector<bool> expected{true,  false, false, true, true, false,
                                   false, true,  false, true, true};
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    ASSERT_EQ(found[i].has_value(), expected[i]) << sequences[i];
    if (expected[i]) {
      EXPECT_EQ(found[i], FingerprintFor(static_cast<std::uint64_t>(sequences[i])));
    }
  }
}

TEST_F(FingerprintTest, WritesThatShareABlockAddUp) {
  ASSERT_OK(store->Write(FingerprintsOf(scope, 0, 9, {1})));
  ASSERT_OK(store->Write(FingerprintsOf(scope, 10, 19, {2})));
  ASSERT_OK(store->Write(FingerprintsOf(scope, 30, 70, {3})));
  for (const std::int64_t sequence : {0, 9, 10, 19, 30, 63, 64, 70}) {
    EXPECT_EQ(ReadOneFingerprint(store.get(), scope, sequence),
              FingerprintFor(static_cast<std::uint64_t>(sequence)));
  }
  EXPECT_EQ(ReadOneFingerprint(store.get(), scope, 20), std::nullopt);
}

TEST_F(FingerprintTest, TheLatestWriteOfASequenceWinsAlsoAcrossRestarts) {
  ASSERT_OK(store->Write(FingerprintsOf(scope, 0, 9, {100}, 1000)));
  ASSERT_OK(store->Write(FingerprintsOf(scope, 5, 9, {50}, 2000)));  // The clock went back.
  EXPECT_EQ(ReadOneFingerprint(store.get(), scope, 4), FingerprintFor(1004));
  EXPECT_EQ(ReadOneFingerprint(store.get(), scope, 5), FingerprintFor(2005));
  for (std::uint64_t restart = 1; restart <= 3; ++restart) {
    store.reset();
    store = folder.Open();
    ASSERT_OK(store->Write(FingerprintsOf(scope, 5, 5, {10}, restart * 10'000)));
    EXPECT_EQ(ReadOneFingerprint(store.get(), scope, 5), FingerprintFor(restart * 10'000 + 5));
  }
  ASSERT_OK(store->Reopen());
  ASSERT_OK(store->Write(FingerprintsOf(scope, 5, 5, {10}, 90'000)));
  EXPECT_EQ(ReadOneFingerprint(store.get(), scope, 5), FingerprintFor(90'005));
}

TEST_F(FingerprintTest, OtherScopesDoNotSeeThem) {
  ASSERT_OK(store->Write(FingerprintsOf(scope, 0, 9, {1})));
  FingerprintScope other = scope;
  other.generation = 8;
  EXPECT_EQ(ReadOneFingerprint(store.get(), other, 5), std::nullopt);
  other = scope;
  other.epoch = {4};
  EXPECT_EQ(ReadOneFingerprint(store.get(), other, 5), std::nullopt);
  other = scope;
  other.producer.producer = "pos-1";
  EXPECT_EQ(ReadOneFingerprint(store.get(), other, 5), std::nullopt);
  other = scope;
  other.producer.stream = "order";
  EXPECT_EQ(ReadOneFingerprint(store.get(), other, 5), std::nullopt);
}

TEST_F(FingerprintTest, ASequenceAskedForTwiceIsAnsweredTwice) {
  ASSERT_OK(store->Write(FingerprintsOf(scope, 0, 9, {1})));
  const auto found = Read({5, 5, 5}, scope);
  EXPECT_EQ(found, (std::vector<std::optional<Fingerprint>>(3, FingerprintFor(5))));
  EXPECT_TRUE(Read({}, scope).empty());
}

}  // namespace
}  // namespace oncegate
