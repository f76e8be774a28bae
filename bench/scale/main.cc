// oncegate_scale: what the store costs with millions of producers and ids, through its interface
// alone. Builds its stores in a folder of its own and removes them. --help lists the options.
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "bench/scale/hot_producers.h"
#include "bench/scale/many_ids.h"
#include "bench/scale/many_producers.h"
#include "bench/scale/rig.h"
#include "bench/scale/sweep_beside_writes.h"

namespace oncegate::scale {
namespace {

void MakeSmall(Settings* settings) {
  settings->producers = 100'000;
  settings->ids = 200'000;
  settings->expiring = 200'000;
  settings->lookups = 50'000;
  settings->hot_rounds = 10'000;
}

int Run(int argc, char** argv) {
  Settings settings;
  std::string parent = "/var/tmp";
  std::string parts = "hpis";
  std::string kept;
  bool small = false;
  CLI::App app("Measures the index with millions of producers and ids.");
  app.add_option("--directory", parent, "Where the stores are built, in a new folder");
  app.add_option("--keep", kept,
                 "Builds in this folder instead, leaves the large stores there, and uses those it "
                 "finds");
  app.add_option("--producers", settings.producers, "Number of producers");
  app.add_option("--ids", settings.ids, "Number of remembered ids");
  app.add_option("--expiring", settings.expiring, "Number of ids that are swept");
  app.add_option("--lookups", settings.lookups, "Look-ups of each kind");
  app.add_option("--parts", parts,
                 "h: single events of hot producers, p: many producers, i: many ids, s: a sweep "
                 "beside writes");
  app.add_flag("--small", small, "A few seconds, to see that it works");
  CLI11_PARSE(app, argc, argv);
  if (small) MakeSmall(&settings);

  settings.keep = !kept.empty();
  std::string folder = settings.keep ? kept : parent + "/oncegate-scale-XXXXXX";
  if (!settings.keep && ::mkdtemp(folder.data()) == nullptr) {
    std::perror(folder.c_str());
    return 1;
  }
  settings.directory = folder;
  const auto wants = [&](char part) { return parts.find(part) != std::string::npos; };
  if (wants('h')) RunHotProducers(settings);
  if (wants('p')) RunManyProducers(settings);
  if (wants('i')) RunManyIds(settings);
  if (wants('s')) RunSweepBesideWrites(settings);
  if (!settings.keep) std::filesystem::remove_all(settings.directory);
  return 0;
}

}  // namespace
}  // namespace oncegate::scale

int main(int argc, char** argv) { return oncegate::scale::Run(argc, argv); }
