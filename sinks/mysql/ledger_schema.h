// The ledger's tables and their version.
//
//   oncegate_schema  name, value (JSON text). 'schema_version' -> 1; 'stream:NAME' -> the stream's
//                    catalogue entry, an object {"database", "table", "dedupe", "target", "made"},
//                    and "key" of columns targets.
//   oncegate_ledger  one row per (stream, producer): epoch (for a person to read), state (opaque
//                    bytes of dedupe/codec), token (16 bytes), updated_at.
//   oncegate_ids     one row per (stream, id): fingerprint (16 bytes, big-endian), committed_at.
//   oncegate_dead_letters  one row per letter (sinks/dead_letter.h).
//   oncegate_rows    one row per key of a columns target: what the row guard looks at. It is made
//                    where it is missing, by an earlier version of this program.
//
// Names, producers and ids are VARBINARY: every collation that MariaDB and MySQL have in common
// takes "k" and "k " for the same. Times are DATETIME(6) in UTC.
#pragma once

#include <functional>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

inline constexpr int kSchemaVersion = 1;

/// How every table of ours ends: crash-safe, and with room for long keys whatever the server's
/// defaults are.
inline constexpr char kTableOptions[] =
    " ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/// Creates the ledger's tables where they are not there yet. kRefused for tables of a newer
/// version, tables that are not crash-safe, and servers that answer COMMIT before it is on disk.
SinkStatus EnsureLedgerTables(Connection& connection);

/// Runs `create` while nobody else who uses the database creates tables. Needed since CREATE TABLE
/// commits, so that no transaction can hold such a lock.
SinkStatus WithCreationLock(Connection& connection, const std::function<SinkStatus()>& create);

}  // namespace oncegate::mysql
