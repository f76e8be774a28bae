// The ledger's tables and their version.
//
//   oncegate_schema  name, value. 'schema_version' -> '1'; 'stream:NAME' -> the stream's catalogue
//                    entry, a JSON object {"table", "dedupe", "target"}.
//   oncegate_ledger  one row per (stream, producer): epoch (for a person to read), state (opaque
//                    bytes of dedupe/codec), token (16 bytes), updated_at.
//   oncegate_ids     one row per (stream, id): fingerprint (16 bytes, big-endian), committed_at.
//   oncegate_dead_letters  one row per event that is kept instead of its row; see
//                    sinks/dead_letter.h. Its key is not the row id: values may be large, and are
//                    read by id only.
//   oncegate_rows    one guard row per (stream, key) of a columns target: producer, epoch, seq,
//                    version (as in a document table), deleted, fingerprint, applied_at.
//
// Times of the ledger are microseconds since 1970-01-01T00:00:00Z.
#pragma once

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"

namespace oncegate::sqlite {

inline constexpr int kSchemaVersion = 1;

/// Creates the ledger's tables in an empty database. kRefused for those of a newer version.
SinkStatus EnsureLedgerTables(Connection& connection);

}  // namespace oncegate::sqlite
