// Many threads on one store while it reopens again and again.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/dedupe/store/store_folder.h"

namespace oncegate {
namespace {

TEST(Concurrency, ReopeningUnderReadersAndWritersLosesAndFailsNothing) {
  const StoreFolder folder;
  const auto store = folder.Open();
  constexpr FingerprintScope kScope{{"orders", "pos-17"}, 7, {0}};
  constexpr std::int64_t kWritesMin = 600;
  constexpr int kReopeningsMin = 10;
  std::atomic<std::int64_t> written = -1;
  std::atomic<int> failures = 0;
  std::atomic<int> reopened = 0;
  std::atomic<bool> stop = false;

  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    for (std::int64_t sequence = 0; sequence < kWritesMin || reopened < kReopeningsMin;
         ++sequence) {
      IndexUpdate update = FingerprintsOf(kScope, sequence, sequence, {sequence});
      update.producers.push_back({kScope.producer, ProducerThrough(sequence)});
      if (!store->Write(update)) ++failures;
      written = sequence;
    }
    stop = true;
  });
  for (int reader = 0; reader < 2; ++reader) {
    threads.emplace_back([&] {
      while (!stop) {
        const std::int64_t sequence = written;
        if (sequence < 0) continue;
        std::optional<Fingerprint> found;
        const auto read = store->ReadFingerprints(kScope, {&sequence, 1}, {&found, 1});
        const auto producer = store->ReadProducer(kScope.producer);
        if (!read || !producer) ++failures;
        if (found != FingerprintFor(static_cast<std::uint64_t>(sequence))) ++failures;
        if (HighestSequence((**producer).state.window) < sequence) ++failures;
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      if (!store->SweepFingerprints({0}, 50)) ++failures;
    }
  });
  while (!stop) {
    if (!store->Reopen()) ++failures;
    ++reopened;
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace oncegate
