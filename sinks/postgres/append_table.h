// The table of the append target, as SQL: the columns of the document target, without a key that
// says which row is meant. Pure.
#pragma once

#include <string>

#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {

std::string CreateAppendTableSql(const TableName& table);

/// Parameters as those of UpsertSql (document_table.h).
std::string AppendSql(const TableName& table);

/// Rows follow as CopyRows (copy_rows.h) gives them.
std::string AppendCopySql(const TableName& table);

}  // namespace oncegate::postgres
