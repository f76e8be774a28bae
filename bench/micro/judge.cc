// Judging one event of a sequenced stream, by how its sequence relates to what is settled.
#include "dedupe/judge/judge.h"

#include <benchmark/benchmark.h>

#include "bench/micro/inputs.h"
#include "dedupe/types/check.h"

namespace oncegate::bench {
namespace {

void InOrder(benchmark::State& run, DedupeMode mode) {
  const JudgeRules rules{mode};
  ProducerState state;
  std::int64_t sequence = 0;
  for (auto _ : run) {
    const Judgement judgement = JudgeSequenced(rules, {{}, {sequence++}, {}}, &state);
    CHECK(judgement.verdict == Verdict::kApplied);
  }
  run.SetItemsProcessed(run.iterations());
}

void JudgeInOrderWindow(benchmark::State& run) { InOrder(run, DedupeMode::kWindow); }
BENCHMARK(JudgeInOrderWindow);
void JudgeInOrderStrict(benchmark::State& run) { InOrder(run, DedupeMode::kStrict); }
BENCHMARK(JudgeInOrderStrict);
void JudgeInOrderMonotonic(benchmark::State& run) { InOrder(run, DedupeMode::kMonotonic); }
BENCHMARK(JudgeInOrderMonotonic);

/// Gaps that open and close again; the argument is how far an event overtakes.
void JudgeOvertaking(benchmark::State& run) {
  OvertakingSequences sequences(static_cast<std::size_t>(run.range(0)));
  ProducerState state;
  std::size_t ranges = 0;
  for (auto _ : run) {
    const Judgement judgement = JudgeSequenced({}, {{}, {sequences.Next()}, {}}, &state);
    CHECK(judgement.verdict == Verdict::kApplied);
    ranges += state.window.ranges.size();
  }
  run.SetItemsProcessed(run.iterations());
  run.counters["ranges"] =
      benchmark::Counter(static_cast<double>(ranges), benchmark::Counter::kAvgIterations);
}
BENCHMARK(JudgeOvertaking)->Arg(8)->Arg(96)->Arg(480)->Arg(960);

/// Gaps that never close: every event but the first few raises the floor.
void JudgeGapsAtTheCap(benchmark::State& run) {
  ProducerState state;
  std::int64_t sequence = 0;
  for (auto _ : run) {
    const Judgement judgement = JudgeSequenced({}, {{}, {sequence}, {}}, &state);
    CHECK(judgement.verdict == Verdict::kApplied);
    sequence += 2;
  }
  run.SetItemsProcessed(run.iterations());
}
BENCHMARK(JudgeGapsAtTheCap);

/// The argument is the number of ranges of the window.
void JudgeDuplicate(benchmark::State& run) {
  const auto ranges = static_cast<std::size_t>(run.range(0));
  ProducerState state = GappedState(ranges);
  const std::vector<std::int64_t> order = Shuffled(ranges);
  std::size_t next = 0;
  for (auto _ : run) {
    const Judgement judgement = JudgeSequenced({}, {{}, {2 * order[next]}, {}}, &state);
    CHECK(judgement.verdict == Verdict::kDuplicate);
    if (++next == order.size()) next = 0;
  }
  run.SetItemsProcessed(run.iterations());
}
BENCHMARK(JudgeDuplicate)->Arg(1)->Arg(16)->Arg(80)->Arg(256);

}  // namespace
}  // namespace oncegate::bench
