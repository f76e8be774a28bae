#include "bench/scale/many_ids.h"

#include <algorithm>

namespace oncegate::scale {
namespace {

constexpr std::uint64_t kLateShareInverse = 20;
constexpr std::uint64_t kStored = 1;  // Series of ids.
constexpr std::uint64_t kUnseen = 2;
constexpr double kRateWithFilter = 1'000'000;  // Several times what LevelDB answers in a second.
constexpr double kFilterSecondsMax = 120;

void WriteIds(LevelDbStore* store, const std::vector<std::string>& ids) {
  IndexUpdate update;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    update.ids.push_back({kStream, ids[i], FingerprintOf(i), {1'000'000}});
  }
  MustWrite(store, update);
}

/// Most in their order; one in twenty later and at random, so that no level of the store is tidy.
void Build(const Settings& settings, const std::filesystem::path& directory) {
  const auto store = OpenStore(directory);
  const Stopwatch watch;
  std::vector<std::string> ids;
  std::vector<std::uint64_t> late;
  for (std::uint64_t i = 0; i < settings.ids; ++i) {
    if (i % kLateShareInverse == 0) {
      late.push_back(i);
      continue;
    }
    ids.push_back(IdName(i, settings.ids, kStored));
    if (ids.size() == kGroupEvents) {
      WriteIds(store.get(), ids);
      ids.clear();
    }
  }
  std::sort(late.begin(), late.end(),
            [](std::uint64_t a, std::uint64_t b) { return Mix(a) < Mix(b); });
  for (const std::uint64_t i : late) {
    ids.push_back(IdName(i, settings.ids, kStored));
    if (ids.size() == kGroupEvents) {
      WriteIds(store.get(), ids);
      ids.clear();
    }
  }
  WriteIds(store.get(), ids);
  Print("ids: built in", watch.Seconds(), "s");
}

struct Rate {
  double per_second = 0;
  double per_cpu_second = 0;  // Of the thread that reads: what else the machine does hardly counts.
};

void PrintRate(const std::string& name, const Rate& rate) {
  Print(name, rate.per_second, "/s");
  Print(name, rate.per_cpu_second, "/s of CPU");
}

/// Ids read in sorted groups as a lane does.
Rate RateOfReading(const Settings& settings, LevelDbStore* store, std::uint64_t series,
                   std::uint64_t salt) {
  double seconds = 0;
  double cpu_seconds = 0;
  std::uint64_t found = 0;
  std::uint64_t read = 0;
  for (; read < settings.lookups; read += kGroupEvents) {
    std::vector<std::string> ids;
    for (std::uint64_t k = 0; k < kGroupEvents; ++k) {
      ids.push_back(IdName(Mix(read + k + salt) % settings.ids, settings.ids, series));
    }
    std::sort(ids.begin(), ids.end());
    const std::vector<std::string_view> views(ids.begin(), ids.end());
    const Stopwatch watch;
    const double cpu_begun = ThreadCpuSeconds();
    const auto remembered = store->ReadIds(kStream, views);
    cpu_seconds += ThreadCpuSeconds() - cpu_begun;
    seconds += watch.Seconds();
    if (!remembered) Must(remembered.error());
    for (const auto& id : *remembered) found += id.has_value() ? 1 : 0;
  }
  if (found != (series == kStored ? read : 0)) Must(Error{"ids were judged wrongly"});
  const auto ids = static_cast<double>(read);
  return {ids / seconds, ids / cpu_seconds};
}

/// Goes on judging new ids until that is faster than LevelDB can be: the store reads its ids
/// through in the background, and only then tells new ones without looking for them.
void JudgeWhileFilterIsBuilt(const Settings& settings, LevelDbStore* store) {
  Settings few = settings;
  few.lookups = kGroupEvents * 20;
  const Stopwatch watch;
  Rate first;
  double latest = 0;
  std::uint64_t salt = 0;
  while (latest < kRateWithFilter && watch.Seconds() < kFilterSecondsMax) {
    const Rate rate = RateOfReading(few, store, kUnseen, salt);
    latest = rate.per_cpu_second;
    if (salt == 0) first = rate;
    salt += few.lookups;
  }
  PrintRate("ids: new ones judged right after the start", first);
  Print("ids: filter is built after", watch.Seconds(), "s");
}

void Measure(const Settings& settings, const std::filesystem::path& directory) {
  const Stopwatch opening;
  const auto store = OpenStore(directory);
  Print("ids: opened in", opening.Seconds(), "s");
  PrintMemory("ids: opened");
  Print("ids: on disk each",
        static_cast<double>(store->ApproximateBytes()) / static_cast<double>(settings.ids),
        "bytes");
  JudgeWhileFilterIsBuilt(settings, store.get());
  PrintRate("ids: new ones judged", RateOfReading(settings, store.get(), kUnseen, 1 << 30));
  PrintMemory("ids: after new ones");
  PrintRate("ids: seen ones judged", RateOfReading(settings, store.get(), kStored, 0));
  PrintMemory("ids: afterwards");
}

}  // namespace

void RunManyIds(const Settings& settings) {
  const std::filesystem::path directory = settings.directory / "ids";
  if (!std::filesystem::exists(directory)) RunApart([&] { Build(settings, directory); });
  RunApart([&] { Measure(settings, directory); });
  if (!settings.keep) std::filesystem::remove_all(directory);
}

}  // namespace oncegate::scale
