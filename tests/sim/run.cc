#include "tests/sim/run.h"

#include <algorithm>

#include "tests/sim/faults.h"
#include "tests/sim/oracle.h"
#include "tests/sim/scenario.h"
#include "tests/sim/world.h"

namespace oncegate::sim {
namespace {

constexpr Milliseconds kFaultPhase{40'000};
// After the faults everything must be settled within so much simulated time. It covers the longest
// lock timeouts, client timeouts and backoffs in a row.
constexpr Milliseconds kCalmPhase{600'000};

}  // namespace

RunReport RunSeed(std::uint64_t seed, const RunOptions& options) {
  World world(seed, options.trace_lines, options.follow);
  SimCluster cluster(&world);
  Scenario scenario = MakeScenario(&world, &cluster);
  for (std::size_t e = 0; e < world.book.all().size(); ++e) {
    world.happenings.Count(Happening::kEvents);
  }
  cluster.Make(scenario.instances);
  Faults faults(&world, &cluster, &scenario);
  faults.Plan(kFaultPhase);
  for (const auto& producer : scenario.producers) producer->Start();

  const SteadyTime heal_at = world.scheduler.now() + kFaultPhase;
  const SteadyTime give_up_at = heal_at + kCalmPhase;
  bool healed = false;
  const auto is_done = [&] {
    return std::all_of(scenario.producers.begin(), scenario.producers.end(),
                       [](const auto& producer) { return producer->IsDone(); }) &&
           cluster.WhatIsLeft().empty();
  };
  while (!world.oracle->failure() && world.scheduler.Step()) {
    if (!healed && world.scheduler.now() >= heal_at) {
      faults.Heal();
      healed = true;
    }
    if (healed && world.scheduler.steps() % 64 == 0 && is_done()) break;
    if (world.scheduler.steps() >= options.steps_max || world.scheduler.now() >= give_up_at) {
      world.oracle->Fail("(D) not quiet after " + std::to_string(world.scheduler.steps()) +
                         " steps" + cluster.WhatIsLeft());
    }
  }
  if (!world.oracle->failure() || world.oracle->failure()->starts_with("(D)")) {
    world.oracle->CheckSink();
  }
  RunReport report;
  report.failure = world.oracle->failure();
  report.trace_hash = world.trace.hash();
  report.steps = world.scheduler.steps();
  report.happenings = world.happenings;
  report.trace.assign(world.trace.lines().begin(), world.trace.lines().end());
  return report;
}

}  // namespace oncegate::sim
