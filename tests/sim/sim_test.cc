#include <gtest/gtest.h>

#include "tests/sim/run.h"

namespace oncegate::sim {
namespace {

TEST(Simulator, TheSameSeedGivesTheSameTrace) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const RunReport first = RunSeed(seed, {});
    RunOptions recording;
    recording.trace_lines = 10;
    const RunReport second = RunSeed(seed, recording);
    EXPECT_EQ(first.trace_hash, second.trace_hash) << "seed " << seed;
    EXPECT_EQ(first.steps, second.steps) << "seed " << seed;
  }
}

TEST(Simulator, AnotherSeedGivesAnotherTrace) {
  EXPECT_NE(RunSeed(1, {}).trace_hash, RunSeed(2, {}).trace_hash);
}

}  // namespace
}  // namespace oncegate::sim
