#include "dedupe/store/leveldb_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

class LevelDbStoreTest : public testing::Test {
 protected:
  void CloseAndOpen() {
    store.reset();
    store = folder.Open();
  }
  void WriteId(std::string_view stream, std::string_view id, std::uint64_t number) {
    IndexUpdate update;
    update.ids.push_back({stream, id, FingerprintFor(number), {static_cast<int>(number)}});
    ASSERT_OK(store->Write(update));
  }

  const StoreFolder folder;
  std::unique_ptr<LevelDbStore> store = folder.Open();
};

TEST_F(LevelDbStoreTest, AnEmptyStoreKnowsNothing) {
  const auto producer = store->ReadProducer({"orders", "pos-17"});
  ASSERT_OK(producer);
  EXPECT_FALSE(producer->has_value());
  const std::vector<std::string_view> ids{"a", "b"};
  const auto found = store->ReadIds("orders", ids);
  ASSERT_OK(found);
  EXPECT_THAT(*found, testing::ElementsAre(testing::Eq(std::nullopt), testing::Eq(std::nullopt)));
  EXPECT_EQ(ReadOneFingerprint(store.get(), {{"orders", "pos-17"}, 1, {0}}, 0), std::nullopt);
  EXPECT_TRUE(AuditTrail(store.get()).empty());
  EXPECT_FALSE(store->IsPoisoned());
}

TEST_F(LevelDbStoreTest, AProducerIsReadBackWholeAlsoAfterARestart) {
  IndexedProducer written = ProducerThrough(41);
  written.token.bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255};
  written.fingerprint_generation = 0xfedcba9876543210U;
  written.state.epoch = {3};
  written.state.window = {.floor = 5, .ranges = {{7, 9}, {20, 41}}};
  written.state.bump = BumpRecord{"key", {3}, {.floor = -1, .ranges = {}}};
  IndexUpdate update;
  update.producers.push_back({{"orders", "pos-17"}, written});
  ASSERT_OK(store->Write(update));
  for (int pass = 0; pass < 2; ++pass) {
    const auto read = store->ReadProducer({"orders", "pos-17"});
    ASSERT_OK(read);
    ASSERT_TRUE(read->has_value());
    EXPECT_EQ((*read)->token, written.token);
    EXPECT_EQ((*read)->fingerprint_generation, written.fingerprint_generation);
    EXPECT_EQ((*read)->state, written.state);
    CloseAndOpen();
  }
}

TEST_F(LevelDbStoreTest, AnUpdateReplacesAndErasingForgetsAProducer) {
  IndexUpdate update;
  update.producers.push_back({{"orders", "a"}, ProducerThrough(1)});
  update.producers.push_back({{"orders", "b"}, ProducerThrough(2)});
  ASSERT_OK(store->Write(update));
  update.producers.pop_back();
  update.producers.front().entry = ProducerThrough(9);
  ASSERT_OK(store->Write(update));
  EXPECT_EQ((**store->ReadProducer({"orders", "a"})).state, ProducerThrough(9).state);
  ASSERT_OK(store->EraseProducer({"orders", "a"}));
  EXPECT_FALSE(store->ReadProducer({"orders", "a"})->has_value());
  EXPECT_TRUE(store->ReadProducer({"orders", "b"})->has_value());
}

TEST_F(LevelDbStoreTest, IdsAreFoundInTheOrderTheyWereAskedFor) {
  WriteId("orders", "x", 1);
  WriteId("orders", "y", 2);
  WriteId("returns", "z", 3);
  const std::vector<std::string_view> ids{"z", "y", "x", "y"};
  const auto found = store->ReadIds("orders", ids);
  ASSERT_OK(found);
  ASSERT_EQ(found->size(), 4U);
  EXPECT_FALSE((*found)[0].has_value());
  EXPECT_EQ((*found)[1]->fingerprint, FingerprintFor(2));
  EXPECT_EQ((*found)[2]->committed_at, WallTime{1});
  EXPECT_EQ((*found)[3]->fingerprint, FingerprintFor(2));
}

TEST_F(LevelDbStoreTest, ErasedIdsAreForgottenInTheirStreamOnly) {
  WriteId("orders", "x", 1);
  WriteId("orders", "y", 2);
  WriteId("returns", "x", 3);
  const std::vector<std::string_view> erased{"x", "never written"};
  ASSERT_OK(store->EraseIds("orders", erased));
  const std::vector<std::string_view> ids{"x", "y"};
  const auto orders = store->ReadIds("orders", ids);
  const auto returns = store->ReadIds("returns", ids);
  EXPECT_FALSE((*orders)[0].has_value());
  EXPECT_TRUE((*orders)[1].has_value());
  EXPECT_TRUE((*returns)[0].has_value());
}

TEST_F(LevelDbStoreTest, IdentitiesThatJoinToTheSameTextAreKeptApart) {
  WriteId("a", "bc", 1);
  const std::vector<std::string_view> ids{"c"};
  EXPECT_FALSE(store->ReadIds("ab", ids)->front().has_value());
  IndexUpdate update;
  update.producers.push_back({{"a", "bc"}, ProducerThrough(1)});
  ASSERT_OK(store->Write(update));
  EXPECT_FALSE(store->ReadProducer({"ab", "c"})->has_value());
}

TEST_F(LevelDbStoreTest, CursorsAreKeptByNameAndAnEmptyOneStartsOver) {
  ASSERT_OK(store->WriteCursor("expiry/orders", "pos-17"));
  ASSERT_OK(store->WriteCursor("expiry/returns", "pos-3"));
  CloseAndOpen();
  EXPECT_EQ(*store->ReadCursor("expiry/orders"), "pos-17");
  EXPECT_EQ(*store->ReadCursor("expiry/returns"), "pos-3");
  EXPECT_EQ(*store->ReadCursor("expiry/other"), "");
  ASSERT_OK(store->WriteCursor("expiry/orders", ""));
  EXPECT_EQ(*store->ReadCursor("expiry/orders"), "");
}

TEST_F(LevelDbStoreTest, TheAuditTrailIsReadNewestFirstAndLimited) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(store->AppendAudit({{i / 2}, std::to_string(i)}));  // Two share each time.
  }
  CloseAndOpen();
  ASSERT_OK(store->AppendAudit({{2}, "5"}));
  EXPECT_THAT(AuditTrail(store.get()), testing::ElementsAre("0", "1", "2", "3", "4", "5"));
  const auto newest = store->ReadAudit(2);
  ASSERT_OK(newest);
  ASSERT_EQ(newest->size(), 2U);
  EXPECT_EQ((*newest)[0].json, "5");
  EXPECT_EQ((*newest)[1].json, "4");
  EXPECT_EQ((*newest)[1].at, WallTime{2});
  EXPECT_TRUE(store->ReadAudit(0)->empty());
}

TEST_F(LevelDbStoreTest, ReopeningKeepsWhatWasWritten) {
  WriteId("orders", "x", 1);
  ASSERT_OK(store->Reopen());
  const std::vector<std::string_view> ids{"x"};
  EXPECT_TRUE(store->ReadIds("orders", ids)->front().has_value());
}

TEST_F(LevelDbStoreTest, ItsSizeIsThatOfItsFiles) {
  const std::uint64_t before = store->ApproximateBytes();
  EXPECT_GT(before, 0U);
  ASSERT_OK(store->AppendAudit({{0}, std::string(100'000, 'x')}));
  EXPECT_GE(store->ApproximateBytes(), before + 100'000);
}

}  // namespace
}  // namespace oncegate
