#include "bench/scale/many_producers.h"

#include <algorithm>

namespace oncegate::scale {
namespace {

constexpr std::uint64_t kRewrittenShareInverse = 20;

void WriteProducers(LevelDbStore* store, const std::vector<std::uint64_t>& numbers,
                    std::int64_t last_sequence) {
  std::vector<std::string> names;
  names.reserve(numbers.size());
  IndexUpdate update;
  for (const std::uint64_t number : numbers) {
    names.push_back(ProducerName(number));
    update.producers.push_back({{kStream, names.back()}, ProducerEntry(number, last_sequence)});
  }
  MustWrite(store, update);
}

/// In their order, and a share of them again at random, so that no level of the store is tidy.
void Build(const Settings& settings, const std::filesystem::path& directory) {
  const auto store = OpenStore(directory);
  const Stopwatch watch;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t first = 0; first < settings.producers; first += kGroupEvents) {
    numbers.clear();
    for (std::uint64_t i = first; i < std::min(first + kGroupEvents, settings.producers); ++i) {
      numbers.push_back(i);
    }
    WriteProducers(store.get(), numbers, 1000);
  }
  std::uint64_t rewritten = 0;
  while (rewritten < settings.producers / kRewrittenShareInverse) {
    numbers.clear();
    for (std::uint64_t i = 0; i < kGroupEvents; ++i) {
      numbers.push_back(Mix(rewritten++) % settings.producers);
    }
    WriteProducers(store.get(), numbers, 1001);
  }
  Print("producers: built in", watch.Seconds(), "s");
}

void Measure(const Settings& settings, const std::filesystem::path& directory) {
  const Stopwatch opening;
  const auto store = OpenStore(directory);
  Print("producers: opened in", opening.Seconds(), "s");
  PrintMemory("producers: opened");
  Print("producers: on disk each",
        static_cast<double>(store->ApproximateBytes()) / static_cast<double>(settings.producers),
        "bytes");
  const Stopwatch reading;
  for (std::uint64_t i = 0; i < settings.lookups; ++i) {
    const std::string name = ProducerName(Mix(i + settings.ids) % settings.producers);
    const auto read = store->ReadProducer({kStream, name});
    if (!read) Must(read.error());
    if (!read->has_value()) Must(Error{"a producer is missing"});
  }
  Print("producers: read at random", static_cast<double>(settings.lookups) / reading.Seconds(),
        "/s");
  const Stopwatch working;
  std::vector<std::uint64_t> numbers(kGroupEvents);
  for (std::uint64_t i = 0; i < settings.lookups; i += kGroupEvents) {
    for (std::uint64_t k = 0; k < kGroupEvents; ++k) {
      numbers[k] = Mix(i + k) % settings.producers;
      const std::string name = ProducerName(numbers[k]);
      const auto read = store->ReadProducer({kStream, name});
      if (!read) Must(read.error());
    }
    WriteProducers(store.get(), numbers, 1002);
  }
  Print("producers: read and written at random, 500 a group",
        static_cast<double>(settings.lookups) / working.Seconds(), "/s");
  PrintMemory("producers: afterwards");
}

}  // namespace

void RunManyProducers(const Settings& settings) {
  const std::filesystem::path directory = settings.directory / "producers";
  if (!std::filesystem::exists(directory)) RunApart([&] { Build(settings, directory); });
  RunApart([&] { Measure(settings, directory); });
  if (!settings.keep) std::filesystem::remove_all(directory);
}

}  // namespace oncegate::scale
