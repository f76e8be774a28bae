// ProducerState: what is remembered of one producer in one stream. A plain value; judge/ decides on
// it, codec/ turns it into bytes.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/types/identity.h"

namespace oncegate {

/// Settled sequences first … last, both included.
struct SequenceRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const SequenceRange&, const SequenceRange&) = default;
};

/// What is settled within one epoch. Invariant: ranges are sorted, disjoint, not adjacent, and
/// every range lies above the floor.
struct Window {
  /// At or below it nothing can be vouched for; -1: everything can.
  std::int64_t floor = -1;
  std::vector<SequenceRange> ranges;
  friend bool operator==(const Window&, const Window&) = default;
};

/// The last explicit epoch bump that carried an Idempotency-Key, so that its repetition can be
/// answered with the same result.
struct BumpRecord {
  std::string idempotency_key;
  Epoch epoch;    // The epoch that the bump produced.
  Window window;  // The window right after the bump.
  friend bool operator==(const BumpRecord&, const BumpRecord&) = default;
};

struct ProducerState {
  /// False: the ledger has no row; nothing else is meaningful then.
  bool known = false;
  Epoch epoch;
  Window window;
  std::optional<BumpRecord> bump;
  friend bool operator==(const ProducerState&, const ProducerState&) = default;
};

/// Highest sequence that is settled or covered by the floor; -1: none.
inline std::int64_t HighestSequence(const Window& window) {
  return window.ranges.empty() ? window.floor : window.ranges.back().last;
}

/// The sequence after the highest one. Sequence 2^63-1 exhausts its epoch: the answer stays there
/// (a resend of it is a duplicate), and only a higher epoch goes on.
inline std::int64_t NextSequence(const Window& window) {
  const std::int64_t highest = HighestSequence(window);
  return highest == std::numeric_limits<std::int64_t>::max() ? highest : highest + 1;
}

}  // namespace oncegate
