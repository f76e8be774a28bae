// The table of the document target, as SQL. Pure.
#pragma once

#include <string>

#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {

std::string CreateDocumentTableSql(const TableName& table);

/// Columns that a writer supplies for each row, in the order of the SQL below; applied_at, the last
/// column of the table, is the same for all rows of a statement.
inline constexpr char kRowColumns[] =
    "key, value, producer, epoch, seq, id, version, event_time, deleted";

/// One statement that writes the rows of `source`, a FROM item with the columns above named s, in
/// byte order of their keys and through the row guard; answers the keys of the rows written.
/// `applied_at` is an expression.
std::string UpsertSql(const TableName& table, const std::string& source,
                      const std::string& applied_at);

}  // namespace oncegate::postgres
