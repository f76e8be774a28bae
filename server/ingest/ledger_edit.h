// Editing ledger rows by hand: bump, purge and expiry. Each edit is one transaction that locks the
// rows, decides on what they hold now, and writes the new states under fresh tokens.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dedupe/types/producer_state.h"
#include "server/ingest/clock.h"
#include "sinks/sink.h"

namespace oncegate {

struct LockedProducer {
  ProducerState state;
  Token token;
  WallTime updated_at;
};

/// The new state of a row, or nullopt to leave it alone. `producer` is unknown to the ledger where
/// state.known is false; then a state makes a row.
using EditProducer = std::function<std::optional<ProducerState>(const std::string& producer,
                                                                const LockedProducer& locked)>;

/// Further work of the same transaction, for the producers whose rows were changed.
using WorkAlong =
    std::function<SinkStatus(SinkSession* session, std::span<const std::string> producers)>;

struct EditReport {
  std::uint64_t changed = 0;
};

/// Edits `producers` (sorted, each once) of `stream` in one transaction and commits. An in-doubt
/// COMMIT is an error: edits are made so that running them again is harmless. What was read is
/// confirmed in the same way where nothing is changed.
SinkResult<EditReport> EditLedger(SinkSession* session, const std::string& stream,
                                  std::span<const std::string> producers, WallTime now,
                                  Random* random, const EditProducer& edit,
                                  const WorkAlong& along = nullptr);

/// Commits; everything else than kCommitted as an error.
SinkStatus CommitOrError(SinkSession* session);

/// Reads one row without locking it, and has its sink confirm the transaction: a sink may show what
/// others have committed before it is on its disk.
SinkResult<LockedProducer> ReadLedgerRow(SinkSession* session, const std::string& stream,
                                         const std::string& producer);

/// Decodes a row as listed or read.
SinkResult<LockedProducer> DecodeLedgerRow(const std::string& stream, const LedgerRow& row);

}  // namespace oncegate
