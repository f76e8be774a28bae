// The statements of a columns target, as SQL. Pure.
//
// Parameters: $1 an array of values (jsonb; the upsert alone looks at it), $2 one of versions
// (text: decimal digits), from $3 one of the texts of each key column. Rows stand in the order of
// their keys.
#pragma once

#include <span>
#include <string>

#include "sinks/common/columns_shape.h"
#include "sinks/postgres/table_name.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

/// The database converts every field on its own, as its input function reads text. The key columns
/// alone arbitrate: a conflict on any other unique column is an error.
std::string ColumnsUpsertSql(const StreamTarget& target, const ColumnsShape& shape,
                             const TableName& table);
/// Removes the rows, or marks them as deleted.
std::string ColumnsDeleteSql(const StreamTarget& target, const ColumnsShape& shape,
                             const TableName& table);
/// Of rows that are there: the place from 1, whether its version is higher than the event's, and
/// whether it is marked as deleted.
std::string ColumnsStandingSql(const StreamTarget& target, const ColumnsShape& shape,
                               const TableName& table);
/// The conversion of one field alone: $1 is the value of the event as text.
std::string ColumnsFieldSql(const CatalogueColumn& field);
/// Keeps the table's columns as they are until the end of the transaction.
std::string HoldColumnsSql(const TableName& table);
/// How many columns the table has had so far, as one 64-bit integer: a column that is added shows
/// here.
std::string CountColumnsSql(const TableName& table);
/// A transaction of its own, which does not wait long: whoever comes behind it waits as well.
std::string AddColumnsSql(std::span<const NewColumn> columns, const TableName& table);

}  // namespace oncegate::postgres
