// The table of the document target, as SQL. Pure.
#pragma once

#include <string>

#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {

std::string CreateDocumentTableSql(const TableName& table);

/// One statement that writes rows, in byte order of their keys and through the row guard, and
/// answers the keys of those that were written. Parameters: $1 … $9 are arrays, one per column, of
/// keys (text), values (jsonb), producers (text), epochs, sequences (bigint), ids (text), versions
/// (text: decimal digits), event times (timestamptz), deleted (boolean); $10 is applied_at.
std::string UpsertSql(const TableName& table);

}  // namespace oncegate::postgres
