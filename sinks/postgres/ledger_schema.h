// The ledger's tables and their version.
//
//   oncegate_schema  name, value. 'schema_version' -> 1; 'stream:NAME' -> the stream's catalogue
//                    entry, an object {"schema", "table", "dedupe", "target"}.
//   oncegate_ledger  one row per (stream, producer): epoch (for a person to read), state (opaque
//                    bytes of dedupe/codec), token (16 bytes), updated_at. Rows are updated all the
//                    time, so pages stay half empty and no second index keeps an update from
//                    staying on its page.
//   oncegate_ids     one row per (stream, id): fingerprint (16 bytes, big-endian), committed_at.
//   oncegate_dead_letters  one row per event that is kept instead of its row; see
//                    sinks/dead_letter.h. Values are text: what jsonb can not hold is kept as well.
//   oncegate_rows    one guard row per (stream, key) of a columns target: producer, epoch, seq,
//                    version, deleted, fingerprint, applied_at.
#pragma once

#include <string>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

inline constexpr int kSchemaVersion = 1;

/// Serialises everything that creates tables, over all instances that use the database; held until
/// the end of the transaction.
inline constexpr char kLockCreation[] = "SELECT pg_advisory_xact_lock(7885930478139401061)";

/// Creates the ledger's tables where they are not there yet, and gives the name of their schema.
/// `schema` empty: the first of the search path. kRefused for tables of a newer version, tables
/// that are not crash-safe, and databases that can not hold every character.
SinkResult<std::string> EnsureLedgerTables(Connection& connection, const std::string& schema);

}  // namespace oncegate::postgres
