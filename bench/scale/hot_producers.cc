#include "bench/scale/hot_producers.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace oncegate::scale {
namespace {

constexpr std::uint64_t kHotProducers = 64;
constexpr std::uint64_t kManyProducers = 1'000'000;
constexpr int kRepetitions = 3;

struct Work {
  std::uint64_t producers = 0;
  bool reads = true;
  bool writes = true;
  bool fingerprints = true;
};

/// Microseconds of the caller's processor time per event over `rounds` of groups of a single event.
double TimeSingleEvents(LevelDbStore* store, const Work& work, std::uint64_t rounds) {
  static std::uint64_t event = 0;  // Sequences go on over repetitions.
  const double begun = ThreadCpuSeconds();
  for (std::uint64_t round = 0; round < rounds; ++round, ++event) {
    const std::uint64_t number = Mix(event) % work.producers;
    const std::string name = ProducerName(number);
    const ProducerKey key{kStream, name};
    if (work.reads) {
      const auto read = store->ReadProducer(key);
      if (!read) Must(read.error());
    }
    if (!work.writes) continue;
    const auto sequence = static_cast<std::int64_t>(event / work.producers);
    IndexUpdate update;
    update.written_at = {static_cast<std::int64_t>(event)};
    update.producers.push_back({key, ProducerEntry(number, sequence)});
    if (work.fingerprints) {
      update.fingerprints.push_back({{key, Mix(number), {0}}, {{sequence, FingerprintOf(event)}}});
    }
    MustWrite(store, update);
  }
  return (ThreadCpuSeconds() - begun) * 1e6 / static_cast<double>(rounds);
}

void Compare(const std::filesystem::path& directory, std::uint64_t producers,
             std::uint64_t rounds) {
  const auto store = OpenStore(directory);
  struct Contestant {
    std::string name;
    Work work;
    double best = std::numeric_limits<double>::max();
  };
  std::vector<Contestant> contestants{{"all", {producers, true, true, true}},
                                      {"without the read", {producers, false, true, true}},
                                      {"without the fingerprint", {producers, true, true, false}},
                                      {"the read alone", {producers, true, false, false}}};
  TimeSingleEvents(store.get(), contestants.front().work, rounds);
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    for (Contestant& one : contestants) {
      one.best = std::min(one.best, TimeSingleEvents(store.get(), one.work, rounds));
    }
  }
  for (const Contestant& one : contestants) {
    Print(std::to_string(producers) + " producers, one event a group: " + one.name, one.best,
          "us of CPU");
  }
}

}  // namespace

void RunHotProducers(const Settings& settings) {
  const std::filesystem::path directory = settings.directory / "hot";
  for (const std::uint64_t producers : {kHotProducers, kManyProducers}) {
    RunApart([&] { Compare(directory, producers, settings.hot_rounds); });
    std::filesystem::remove_all(directory);
  }
}

}  // namespace oncegate::scale
