// What may happen to a producer's state besides an event: bump, purge, expiry; and how a state is
// told to a person. Pure functions; the caller commits the result by compare-and-set on the token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/types/dedupe_mode.h"
#include "dedupe/types/producer_state.h"

namespace oncegate {

enum class BumpSequence : std::uint8_t { kContinue, kReset };

/// Precondition: state.known and state.epoch < 2^63-1. `idempotency_key` empty: none is kept.
ProducerState BumpEpoch(const ProducerState& state, BumpSequence sequence,
                        const std::string& idempotency_key);

/// Raises the floor to `through` (default: the highest sequence) and drops the ranges at or below
/// it: what was purged answers too_old, also what was settled. Never lowers a floor.
ProducerState SealWindow(const ProducerState& state, std::optional<std::int64_t> through);

/// Makes sequences at or below `through` (default: all) new again. Keeps the epoch.
/// Precondition: `through` only in window streams.
ProducerState ForgetWindow(const ProducerState& state, std::optional<std::int64_t> through);

/// The tombstone of an idle producer: its epoch and its highest sequence as a floor without ranges.
ProducerState Tombstone(const ProducerState& state);
bool IsTombstone(const ProducerState& state);

/// What a producer needs to know to resume.
struct WindowReport {
  std::optional<std::int64_t> contiguous_through;
  std::int64_t highest_sequence = -1;
  std::vector<SequenceRange> missing;  // Lowest gaps between floor and highest.
  std::int64_t floor = -1;
};
WindowReport DescribeWindow(const Window& window, std::size_t missing_max);

}  // namespace oncegate
