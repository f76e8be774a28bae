// The settled ranges of a producer as a set. The argument is the number of ranges.
#include "dedupe/judge/range_set.h"

#include <benchmark/benchmark.h>

#include "bench/micro/inputs.h"
#include "dedupe/types/check.h"

namespace oncegate::bench {
namespace {

constexpr std::size_t kRangesMax = 256;

void RangeSetContains(benchmark::State& run) {
  const auto ranges = static_cast<std::size_t>(run.range(0));
  const Window window = GappedState(ranges).window;
  const std::vector<std::int64_t> order = Shuffled(2 * ranges);
  std::size_t next = 0;
  for (auto _ : run) {
    benchmark::DoNotOptimize(ContainsSequence(window, order[next]));
    if (++next == order.size()) next = 0;
  }
}
BENCHMARK(RangeSetContains)->Arg(1)->Arg(16)->Arg(80)->Arg(256);

void RangeSetExtendTheLast(benchmark::State& run) {
  Window window = GappedState(static_cast<std::size_t>(run.range(0))).window;
  std::int64_t sequence = window.ranges.back().last;
  for (auto _ : run) {
    CHECK(InsertSequence(++sequence, kRangesMax, &window) == InsertOutcome::kInserted);
  }
}
BENCHMARK(RangeSetExtendTheLast)->Arg(1)->Arg(256);

/// Closes all gaps in random order; so the window has half as many ranges on average, and what it
/// takes to begin anew is spread over them.
void RangeSetFillGaps(benchmark::State& run) {
  const auto ranges = static_cast<std::size_t>(run.range(0));
  const Window begin = GappedState(ranges).window;
  const std::vector<std::int64_t> order = Shuffled(ranges - 1);
  Window window = begin;
  std::size_t next = 0;
  for (auto _ : run) {
    CHECK(InsertSequence(2 * order[next] + 1, kRangesMax, &window) == InsertOutcome::kInserted);
    if (++next == order.size()) {
      window = begin;
      next = 0;
    }
  }
}
BENCHMARK(RangeSetFillGaps)->Arg(16)->Arg(80)->Arg(256);

void RangeSetRaiseTheFloor(benchmark::State& run) {
  const auto ranges = static_cast<std::size_t>(run.range(0));
  Window window = GappedState(ranges).window;
  std::int64_t sequence = window.ranges.back().last;
  for (auto _ : run) {
    sequence += 2;
    CHECK(InsertSequence(sequence, ranges, &window) == InsertOutcome::kInserted);
  }
}
BENCHMARK(RangeSetRaiseTheFloor)->Arg(1)->Arg(80)->Arg(256);

}  // namespace
}  // namespace oncegate::bench
