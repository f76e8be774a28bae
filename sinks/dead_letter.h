// Dead letters: events that a sink holds aside instead of their rows, with the reason. They are
// kept in the sink itself where it has transactions, so that a mark and the letter that it stands
// for become durable together.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dedupe/types/event.h"
#include "dedupe/types/identity.h"

namespace oncegate {

struct DeadLetter {
  /// `STREAM:UUID`, made from the identity and the payload alone: the same event makes the same
  /// letter, however often it is kept. The letters of a stream stand together in byte order.
  std::string id;
  std::string stream;
  std::string producer;  // Empty: none.
  Epoch epoch;
  std::optional<Sequence> sequence;
  std::string event_id;  // Empty: none.
  std::string key;
  bool key_is_default = false;
  Operation operation = Operation::kUpsert;
  std::optional<Version> version;
  std::optional<WallTime> event_time;
  std::string value;  // JSON text as sent; empty for a delete.

  // Why it could not become a row: verdict and code as in an answer, and words for a person.
  std::string verdict;
  std::string code;
  std::string detail;
  WallTime written_at;
};

struct DeadLetterQuery {
  std::string_view stream;  // Empty: all that the ledger holds.
  std::string_view after;   // An id in byte order; empty: from the start.
  std::uint32_t limit = 100;
};

/// The letters of some identities of a stream: those of `producers` up to a sequence, and those of
/// `event_ids`.
struct DeadLetterOwners {
  std::string_view stream;
  std::span<const std::string> producers;
  std::span<const std::string> event_ids;
  std::int64_t through_sequence = std::numeric_limits<std::int64_t>::max();
};

}  // namespace oncegate
