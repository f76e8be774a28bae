// KeyFilter, and that a store with a filter over its ids never denies one that it holds.
#include "dedupe/store/id_filter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "dedupe/store/key_codec.h"
#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

using store::GuardedDatabase;
using store::IdFilter;
using store::KeyFilter;

constexpr std::string_view kStream = "orders";

std::string KeyOf(int number) { return store::IdKey(kStream, "id-" + std::to_string(number)); }

TEST(KeyFilter, DeniesNoKeyThatWasAddedAndNearlyAllOthers) {
  constexpr int kKeys = 20'000;
  KeyFilter filter(kKeys);
  for (int i = 0; i < kKeys; ++i) filter.Add(KeyOf(i));
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(filter.MayContain(KeyOf(i))) << i;
  int mistaken = 0;
  for (int i = kKeys; i < 2 * kKeys; ++i) mistaken += filter.MayContain(KeyOf(i)) ? 1 : 0;
  EXPECT_LT(mistaken, kKeys / 100);
}

TEST(KeyFilter, IsOverfullBeyondTheNumberOfKeysItWasMadeFor) {
  KeyFilter filter(1);
  filter.Add("a");
  EXPECT_FALSE(filter.IsOverfull());
  filter.Add("b");
  EXPECT_TRUE(filter.IsOverfull());
  EXPECT_TRUE(filter.MayContain("a"));
}

class IdFilterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = GuardedDatabase::Open({.directory = folder.store(),
                                         .environment = leveldb::Env::Default(),
                                         .cache_bytes = 1 << 20,
                                         .write_buffer_bytes = 1 << 16,
                                         .whole_check_bytes_max = 0});
    ASSERT_OK(opened);
    database = std::move(*opened);
  }
  void Write(int first, int last, IdFilter* filter) {
    for (int i = first; i <= last; ++i) {
      const std::vector<std::string> keys{KeyOf(i)};
      leveldb::WriteBatch batch;
      batch.Put(keys.front(), store::EncodeId(keys.front(), {}));
      ASSERT_OK(database->Write(&batch, store::Durability::kBuffered, [&] {
        if (filter != nullptr) filter->Add(keys);
      }));
    }
  }
  /// Fails the test if the filter is not built within a minute.
  static std::shared_ptr<const KeyFilter> WaitFor(IdFilter* filter) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < deadline) {
      if (auto built = filter->Get()) return built;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "the filter was not built";
    return std::make_shared<KeyFilter>(1);
  }
  static int CountHeld(const KeyFilter& filter, int first, int last) {
    int held = 0;
    for (int i = first; i <= last; ++i) held += filter.MayContain(KeyOf(i)) ? 1 : 0;
    return held;
  }

  const StoreFolder folder;
  std::unique_ptr<GuardedDatabase> database;
};

TEST_F(IdFilterTest, HoldsWhatWasStoredBeforeItWasMade) {
  Write(1, 3000, nullptr);
  IdFilter filter(database.get());
  const auto built = WaitFor(&filter);
  EXPECT_EQ(CountHeld(*built, 1, 3000), 3000);
  EXPECT_LT(CountHeld(*built, 3001, 6000), 30);
}

TEST_F(IdFilterTest, HoldsWhatIsWrittenWhileItIsBuilt) {
  Write(1, 3000, nullptr);
  for (int round = 0; round < 20; ++round) {
    IdFilter filter(database.get());
    Write(10'000 + round * 100, 10'099 + round * 100, &filter);
    const auto built = WaitFor(&filter);
    EXPECT_EQ(CountHeld(*built, 1, 3000), 3000);
    EXPECT_EQ(CountHeld(*built, 10'000, 10'099 + round * 100), 100 * (round + 1));
  }
}

TEST_F(IdFilterTest, ARestartTakesWhatTheDatabaseHoldsThen) {
  IdFilter filter(database.get());
  WaitFor(&filter);
  Write(1, 100, nullptr);  // Behind its back.
  ASSERT_OK(database->Reopen([&] { filter.Restart(); }));
  EXPECT_EQ(CountHeld(*WaitFor(&filter), 1, 100), 100);
}

TEST_F(IdFilterTest, MayBeDestroyedAtAnyTime) {
  Write(1, 3000, nullptr);
  for (int round = 0; round < 50; ++round) {
    IdFilter filter(database.get());
    if (round % 2 == 0) filter.Restart();
  }
}

}  // namespace
}  // namespace oncegate
