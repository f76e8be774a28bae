// One simulated run: build the world of a seed, let it suffer, heal it, wait until all is settled,
// and ask the oracle.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/happenings.h"

namespace oncegate::sim {

struct RunOptions {
  std::uint64_t steps_max = 400'000;  // Scheduler steps until all must be quiet.
  std::size_t trace_lines = 0;        // Kept for the report of a failure.
  std::FILE* follow = nullptr;        // Where to print the trace while it happens.
};

struct RunReport {
  std::optional<std::string> failure;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  Happenings happenings;
  std::vector<std::string> trace;
};

RunReport RunSeed(std::uint64_t seed, const RunOptions& options);

}  // namespace oncegate::sim
