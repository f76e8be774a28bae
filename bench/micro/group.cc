// A group from the parts that batches gave to a lane, and judging it without a sink. The arguments:
// requests, records of each, producers of each request (no producer is in two of them).
#include "server/ingest/group.h"

#include <benchmark/benchmark.h>

#include "bench/micro/inputs.h"
#include "dedupe/types/check.h"
#include "server/ingest/group_judge.h"

namespace oncegate::bench {
namespace {

std::vector<Part> PartsOf(const benchmark::State& run) {
  return Parts(static_cast<std::size_t>(run.range(0)),
               {.records = static_cast<std::size_t>(run.range(1)),
                .producers = static_cast<std::size_t>(run.range(2))});
}

void CountEvents(benchmark::State& run) {
  run.SetItemsProcessed(run.iterations() * run.range(0) * run.range(1));
}

void GroupFromParts(benchmark::State& run) {
  const std::vector<Part> parts = PartsOf(run);
  for (auto _ : run) {
    const Group group(parts);
    CHECK(group.slots.size() == static_cast<std::size_t>(run.range(0) * run.range(2)));
  }
  CountEvents(run);
}
BENCHMARK(GroupFromParts)
    ->Args({1, 1, 1})
    ->Args({256, 1, 1})
    ->Args({8, 500, 1})
    ->Args({8, 500, 500});

/// All events are new, so that nothing is looked up in the index.
void GroupJudging(benchmark::State& run) {
  Group group(PartsOf(run));
  const GroupJudge judge(nullptr);
  for (auto _ : run) {
    for (ProducerSlot& slot : group.slots) {
      CHECK(judge.JudgeSlot(&group, &slot).has_value());
      CHECK(slot.settled_here.size() == slot.events_end - slot.events_begin);
    }
  }
  CountEvents(run);
}
BENCHMARK(GroupJudging)->Args({1, 1, 1})->Args({256, 1, 1})->Args({8, 500, 1})->Args({8, 500, 500});

}  // namespace
}  // namespace oncegate::bench
