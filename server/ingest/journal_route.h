// Where an ack=journal batch goes, from what this instance believes. Nothing is answered from that
// belief but "accepted" and "retry".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "dedupe/store/index.h"
#include "server/ingest/batch.h"
#include "server/ingest/journal_book.h"

namespace oncegate {

enum class JournalRoute : std::uint8_t {
  kJournal,
  /// Nothing in it looks new: the sink is asked, and what it can not answer is accepted.
  kSinkFirst,
  /// The ledger alone can tell whether it continues what is settled.
  kSinkAlone,
  /// It does not continue what is pending of its producers.
  kBlocked,
};

/// What the index believes of the producers of a stream's events; those that it does not know, or
/// can not read, have no entry.
JournalBook::States ReadBelieved(std::string_view stream, std::span<const Event> events,
                                 Index* index);
/// True if the index remembers every id of the batch.
bool RemembersIds(const Batch& batch, Index* index, WallTime now);

/// For sequenced streams. `sink_is_up`: it is worth asking.
JournalRoute RouteSequenced(const Batch& batch, const JournalBook::States& believed,
                            const JournalBook& book, bool sink_is_up);

}  // namespace oncegate
