// The table of the document target, as SQL, and what other tables of events share with it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {

/// The row guard (dedupe/judge/fold.h): t is the row as it stands, excluded the event.
inline constexpr std::string_view kRowGuard =
    "CASE"
    " WHEN excluded.version IS NOT NULL THEN t.version IS NULL OR excluded.version > t.version"
    " WHEN t.version IS NOT NULL THEN false"
    " WHEN excluded.producer = t.producer AND excluded.seq IS NOT NULL AND t.seq IS NOT NULL"
    " THEN (excluded.epoch, excluded.seq) >= (t.epoch, t.seq)"
    " ELSE true END";

/// All columns, in the order of the parameters of UpsertSql.
inline constexpr std::string_view kRowColumns =
    "key, value, producer, epoch, seq, id, version, event_time, deleted, applied_at";

/// The definitions of all columns but the key.
std::string EventColumnsSql();

/// The rows that the parameters of UpsertSql hold, in the order of kRowColumns.
std::string SelectRowsSql();

std::string CreateDocumentTableSql(const TableName& table);

/// One statement that writes rows, in byte order of their keys and through the row guard, and
/// answers the keys of those that were written. Parameters: $1 … $9 are arrays, one per column, of
/// keys (text), values (jsonb), producers (text), epochs, sequences (bigint), ids (text), versions
/// (text: decimal digits), event times (timestamptz), deleted (boolean); $10 is applied_at.
std::string UpsertSql(const TableName& table);

/// What the table holds for rows that UpsertSql did not write, in the order of the rows: the row's
/// place from 1, whether the guard would let it through now, whether the versions are equal, and
/// where they are and $6 is true, deleted and value as text. A row that is not there is left out.
/// Parameters: $1 … $5 are arrays of keys, producers, epochs, sequences and versions.
std::string ReadRefusedSql(const TableName& table);

}  // namespace oncegate::postgres
