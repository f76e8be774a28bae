// The row guard (dedupe/judge/fold.h) over a row that is there and locked. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/event.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

struct GuardedRow {
  std::optional<std::string> producer;
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> sequence;
  std::optional<std::string> version;  // Decimal digits without leading zeros.
};

/// What writing the event over the row comes to; kSameVersion in version streams only.
RowEffect GuardRow(DedupeMode mode, const GuardedRow& row, const Event& event);

/// Whether a version that the table holds, an integer as text, is above that of an event.
bool IsHigher(std::string_view stored, const Version& version);

}  // namespace oncegate::mysql
