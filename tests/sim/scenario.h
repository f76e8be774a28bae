// Scenario: what one seed plays: its streams, producers and events, and which faults may happen how
// often. Each seed leaves out about half of the fault kinds, so that rare ones are not drowned by
// frequent ones.
#pragma once

#include <memory>
#include <vector>

#include "tests/sim/producer.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

struct FaultPlan {
  FaultRates rates;
  // How often a fault strikes in the fault phase; 0: never.
  int crashes = 0;
  int zombies = 0;
  int outages = 0;
  int restores = 0;
  int ledger_losses = 0;
  int clock_jumps = 0;
  int purges = 0;
  int index_copies = 0;
  int foreign_writers = 0;
  int long_outages = 0;
  int replays = 0;
  bool mends = false;  // The tables, so that what they refused can be written.
};

struct Scenario {
  std::size_t instances = 1;
  FaultPlan faults;
  std::vector<std::unique_ptr<SimProducer>> producers;
};

/// Fills in world->streams and world->book, too.
Scenario MakeScenario(World* world, Cluster* cluster);

}  // namespace oncegate::sim
