// Folding the events of a group into one row a key. The arguments: events, keys.
#include "dedupe/judge/fold.h"

#include <benchmark/benchmark.h>

#include "bench/micro/inputs.h"
#include "dedupe/types/check.h"

namespace oncegate::bench {
namespace {

void FoldRepeatedly(benchmark::State& run, DedupeMode mode) {
  const FoldInput input({.events = static_cast<std::size_t>(run.range(0)),
                         .keys = static_cast<std::size_t>(run.range(1)),
                         .versioned = mode == DedupeMode::kVersion});
  for (auto _ : run) {
    const FoldPlan plan = FoldEvents(mode, input.events());
    CHECK(plan.rounds.size() == 1);
  }
  run.SetItemsProcessed(run.iterations() * run.range(0));
}

void FoldWindow(benchmark::State& run) { FoldRepeatedly(run, DedupeMode::kWindow); }
BENCHMARK(FoldWindow)
    ->Args({1, 1})
    ->Args({500, 500})
    ->Args({4000, 4000})
    ->Args({4000, 400})
    ->Args({4000, 1});

void FoldVersion(benchmark::State& run) { FoldRepeatedly(run, DedupeMode::kVersion); }
BENCHMARK(FoldVersion)->Args({4000, 4000})->Args({4000, 400})->Args({4000, 1});

}  // namespace
}  // namespace oncegate::bench
