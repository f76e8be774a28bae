#include "dedupe/judge/lifecycle.h"

#include <algorithm>
#include <limits>

#include "dedupe/judge/range_set.h"
#include "dedupe/types/check.h"

namespace oncegate {

ProducerState BumpEpoch(const ProducerState& state, BumpSequence sequence,
                        const std::string& idempotency_key) {
  CHECK(state.known && state.epoch.value < std::numeric_limits<std::int64_t>::max());
  ProducerState bumped;
  bumped.known = true;
  bumped.epoch = Epoch{state.epoch.value + 1};
  switch (sequence) {
    case BumpSequence::kContinue:
      bumped.window = state.window;
      break;
    case BumpSequence::kReset:
      break;
  }
  // A bump without a key also forgets the record of the bump before it, which is no longer the
  // last.
  if (!idempotency_key.empty()) {
    bumped.bump = BumpRecord{idempotency_key, bumped.epoch, bumped.window};
  }
  return bumped;
}

ProducerState SealWindow(const ProducerState& state, std::optional<std::int64_t> through) {
  CHECK(state.known);
  ProducerState sealed = state;
  const std::int64_t floor =
      std::max(state.window.floor, through.value_or(HighestSequence(state.window)));
  sealed.window.floor = floor;
  RemoveThrough(floor, &sealed.window.ranges);
  return sealed;
}

ProducerState ForgetWindow(const ProducerState& state, std::optional<std::int64_t> through) {
  CHECK(state.known);
  ProducerState forgotten = state;
  if (!through) {
    forgotten.window = Window{};
    return forgotten;
  }
  if (forgotten.window.floor <= *through) forgotten.window.floor = -1;
  RemoveThrough(*through, &forgotten.window.ranges);
  return forgotten;
}

ProducerState Tombstone(const ProducerState& state) {
  CHECK(state.known);
  ProducerState tombstone;
  tombstone.known = true;
  tombstone.epoch = state.epoch;
  tombstone.window.floor = HighestSequence(state.window);
  return tombstone;
}

bool IsTombstone(const ProducerState& state) {
  return state.known && state.window.ranges.empty() && !state.bump;
}

WindowReport DescribeWindow(const Window& window, std::size_t missing_max) {
  WindowReport report;
  report.floor = window.floor;
  report.highest_sequence = HighestSequence(window);
  if (window.floor >= 0) report.contiguous_through = window.floor;
  if (!window.ranges.empty() && window.ranges.front().first - 1 == window.floor) {
    report.contiguous_through = window.ranges.front().last;
  }
  std::int64_t settled_through = window.floor;
  for (const SequenceRange& range : window.ranges) {
    if (report.missing.size() == missing_max) break;
    if (range.first - 1 > settled_through) {
      report.missing.push_back({settled_through + 1, range.first - 1});
    }
    settled_through = range.last;
  }
  return report;
}

}  // namespace oncegate
