// Event: one decoded record. All views point into memory owned by the batch that carries the event.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dedupe/types/identity.h"

namespace oncegate {

enum class Operation : std::uint8_t { kUpsert, kDelete };

struct Event {
  std::string_view producer;  // Empty: none (allowed in id, version and off streams only).
  Epoch epoch;
  std::optional<Sequence> sequence;
  std::string_view id;          // Empty: none.
  std::string_view key;         // Never empty: the decoder fills in the default.
  bool key_is_default = false;  // The record has no key of its own.
  Operation operation = Operation::kUpsert;
  std::optional<Version> version;
  std::optional<std::int64_t> after;  // Monotonic streams: the producer's previous position.
  std::optional<WallTime> event_time;
  std::string_view value;  // Validated JSON text as sent; empty for a delete.
  Fingerprint fingerprint;
  /// Position of the record in its request, from 0.
  std::uint32_t index = 0;
};

}  // namespace oncegate
