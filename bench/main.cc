// oncegate_bench: every contestant on one machine in one run, so that the ratios count.
// docs/performance.md tells how to run it; --help its options.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/bench.h"
#include "bench/measurements.h"

namespace oncegate::bench {
namespace {

struct Part {
  const char* name;
  void (*measure)(Bench* bench);
};

constexpr Part kParts[] = {
    {"bulk", MeasureBulk},
    {"mysql", MeasureMysql},
    {"redis", MeasureRedis},
    {"kafka", MeasureKafka},
    {"webhook", MeasureWebhook},
    {"files", MeasureFiles},
    {"single", MeasureSingle},
    {"duplicates", MeasureDuplicates},
    {"latency", MeasureLatency},
    {"out_of_order", MeasureOutOfOrder},
    {"fingerprints", MeasureFingerprints},
    {"append", MeasureAppend},
    {"journal", MeasureJournal},
    {"overload", MeasureOverload},
    {"by_producers", MeasureByProducers},
    {"by_group", MeasureByGroup},
    {"by_lanes", MeasureByLanes},
    {"by_size", MeasureBySize},
};

std::vector<std::string> NamesOfParts() {
  std::vector<std::string> names;
  for (const Part& part : kParts) names.emplace_back(part.name);
  return names;
}

/// A part that fails does not take the others with it. False: some did.
bool Measure(Bench* bench, const std::vector<std::string>& chosen) {
  bool succeeded = true;
  for (const Part& part : kParts) {
    if (std::find(chosen.begin(), chosen.end(), part.name) == chosen.end()) continue;
    bench->results().BeginPart(part.name);
    try {
      part.measure(bench);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s failed: %s\n", part.name, error.what());
      bench->results().DropPart();
      succeeded = false;
    }
  }
  return succeeded;
}

int Main(int argc, char** argv) {
  Settings settings;
  settings.binary = ONCEGATE_BINARY;
  std::vector<std::string> parts = NamesOfParts();
  std::uint32_t seconds = 3;
  std::string json;
  CLI::App app{"Measures oncegate against what one would write by hand, on throwaway servers"};
  app.add_option("--binary", settings.binary, "The service's binary");
  app.add_option("--seconds", seconds, "Seconds a round of one contestant")
      ->check(CLI::Range(1, 60));
  app.add_option("--rounds", settings.rounds, "Rounds; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--lanes", settings.lanes, "Lanes of the Postgres sink")->check(CLI::Range(1, 16));
  app.add_option("--parts", parts, "What to measure, with commas between")
      ->delimiter(',')
      ->check(CLI::IsMember(NamesOfParts()));
  app.add_option("--json", json, "A file for the results");
  CLI11_PARSE(app, argc, argv);
  settings.round = std::chrono::seconds(seconds);
  settings.sweep_round = settings.round * 2 / 3;
  try {
    Bench bench(settings);
    const bool succeeded = Measure(&bench, parts);
    if (!json.empty()) bench.results().Write(json);
    return succeeded ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace oncegate::bench

int main(int argc, char** argv) { return oncegate::bench::Main(argc, argv); }
