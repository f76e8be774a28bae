// A producer's state to bytes and back. The argument is the number of ranges.
#include "dedupe/codec/state_codec.h"

#include <benchmark/benchmark.h>

#include "bench/micro/inputs.h"
#include "dedupe/types/check.h"

namespace oncegate::bench {
namespace {

void StateEncode(benchmark::State& run) {
  const ProducerState state = GappedState(static_cast<std::size_t>(run.range(0)));
  std::size_t bytes = 0;
  for (auto _ : run) bytes = EncodeState(state).size();
  run.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(StateEncode)->Arg(1)->Arg(16)->Arg(80)->Arg(256);

void StateDecode(benchmark::State& run) {
  const std::string bytes = EncodeState(GappedState(static_cast<std::size_t>(run.range(0))));
  for (auto _ : run) CHECK(DecodeState(bytes).has_value());
}
BENCHMARK(StateDecode)->Arg(1)->Arg(16)->Arg(80)->Arg(256);

}  // namespace
}  // namespace oncegate::bench
