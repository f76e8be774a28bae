#include "tests/sim/row_guard.h"

#include <tuple>

namespace oncegate::sim {

RowEffect GuardRow(DedupeMode mode, const RowCell& row, const Event& event) {
  if (event.version) {
    if (!row.version || *event.version > *row.version) return RowEffect::kWritten;
    const bool same = *event.version == *row.version && mode == DedupeMode::kVersion;
    return same ? RowEffect::kSameVersion : RowEffect::kNewerExists;
  }
  if (row.version) return RowEffect::kNewerExists;
  const bool comparable =
      event.sequence && row.sequence && !event.producer.empty() && event.producer == row.producer;
  if (comparable && std::tie(event.epoch, *event.sequence) < std::tie(row.epoch, *row.sequence)) {
    return RowEffect::kNewerExists;
  }
  return RowEffect::kWritten;
}

}  // namespace oncegate::sim
