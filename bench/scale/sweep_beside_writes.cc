#include "bench/scale/sweep_beside_writes.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace oncegate::scale {
namespace {

constexpr std::uint64_t kSliceEntries = 1'000;        // As server/ingest/maintenance has them.
constexpr std::chrono::milliseconds kSlicePause{10};  // Likewise.
constexpr std::chrono::milliseconds kWritePause{1};
constexpr std::uint64_t kWritesPerTurn = 2'000;
constexpr std::uint64_t kWriteEvents = 20;
constexpr int kTurns = 3;
constexpr std::int64_t kExpired = 1'000;
constexpr std::int64_t kFresh = 2'000;

void WriteExpiring(LevelDbStore* store, std::uint64_t ids) {
  for (std::uint64_t first = 0; first < ids; first += kGroupEvents) {
    std::vector<std::string> names;
    names.reserve(kGroupEvents);
    IndexUpdate update;
    for (std::uint64_t i = first; i < std::min(first + kGroupEvents, ids); ++i) {
      names.push_back(IdName(i, ids, 1));
      update.ids.push_back({kStream, names.back(), FingerprintOf(i), {kExpired}});
    }
    MustWrite(store, update);
  }
}

/// Microseconds of the slowest in a hundred of small groups, judged and written at a steady pace.
double SlowWriteMicroseconds(LevelDbStore* store, std::uint64_t ids, std::uint64_t turn) {
  std::vector<double> took;
  for (std::uint64_t w = 0; w < kWritesPerTurn; ++w) {
    std::vector<std::string> names;
    IndexUpdate update;
    for (std::uint64_t k = 0; k < kWriteEvents; ++k) {
      const std::uint64_t event = (turn * kWritesPerTurn + w) * kWriteEvents + k;
      names.push_back(IdName(Mix(event) % ids, ids, 2));
    }
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      update.ids.push_back({kStream, name, FingerprintOf(w), {kFresh}});
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const Stopwatch watch;
    const auto read = store->ReadIds(kStream, views);
    if (!read) Must(read.error());
    MustWrite(store, update);
    took.push_back(watch.Seconds() * 1e6);
    std::this_thread::sleep_for(kWritePause);
  }
  const auto slow = took.begin() + static_cast<std::ptrdiff_t>(took.size() * 99 / 100);
  std::nth_element(took.begin(), slow, took.end());
  return *slow;
}

struct Swept {
  std::uint64_t removed = 0;
  double busy_seconds = 0;
};

/// Slices with their pauses, until `stop` or until everything that expired is gone.
Swept Sweep(LevelDbStore* store, const std::atomic<bool>& stop) {
  Swept swept;
  while (!stop) {
    const Stopwatch watch;
    const auto slice = store->SweepIds(kStream, {kExpired + 1}, kSliceEntries);
    swept.busy_seconds += watch.Seconds();
    if (!slice) Must(slice.error());
    swept.removed += slice->removed;
    std::this_thread::sleep_for(kSlicePause);
  }
  return swept;
}

void Measure(const Settings& settings, const std::filesystem::path& directory) {
  const auto store = OpenStore(directory);
  WriteExpiring(store.get(), settings.expiring);
  double quiet = 0;
  double beside = 0;
  Swept all;
  std::uint64_t turn = 0;
  for (int i = 0; i < kTurns; ++i) {
    quiet += SlowWriteMicroseconds(store.get(), settings.expiring, turn++) / kTurns;
    std::atomic<bool> stop = false;
    Swept swept;
    std::thread sweeper([&] { swept = Sweep(store.get(), stop); });
    beside += SlowWriteMicroseconds(store.get(), settings.expiring, turn++) / kTurns;
    stop = true;
    sweeper.join();
    all.removed += swept.removed;
    all.busy_seconds += swept.busy_seconds;
  }
  Print("sweep: p99 of a group of 20 without it", quiet, "us");
  Print("sweep: p99 of a group of 20 beside it", beside, "us");
  Print("sweep: p99 beside against without", beside / quiet, "");
  Print("sweep: expired ids removed meanwhile", static_cast<double>(all.removed), "");
  Print("sweep: removed while a slice runs", static_cast<double>(all.removed) / all.busy_seconds,
        "/s");
}

}  // namespace

void RunSweepBesideWrites(const Settings& settings) {
  const std::filesystem::path directory = settings.directory / "sweep";
  RunApart([&] { Measure(settings, directory); });
  std::filesystem::remove_all(directory);
}

}  // namespace oncegate::scale
