// What the catalogue of MariaDB or MySQL says about a table of the user.
#pragma once

#include <string>
#include <vector>

#include "sinks/common/columns_shape.h"
#include "sinks/mysql/column_value.h"
#include "sinks/mysql/connection.h"
#include "sinks/mysql/table_name.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

struct ColumnsTable {
  TableName name;
  ColumnsShape shape;
  std::vector<ColumnRules> key_rules;    // Parallel to shape.keys.
  std::vector<ColumnRules> field_rules;  // Parallel to shape.fields.
  std::string key_index;                 // Of exactly the key columns; PRIMARY where there is one.
  /// As the table was described when this was read; what differs later is another table.
  std::vector<ResultColumn> described;
};

/// The columns of the table as they are now. Until the end of the transaction nobody can change
/// them.
MysqlResult<std::vector<ResultColumn>> HoldColumns(Connection& connection, const TableName& table);

/// The shape of the target, or kRefused with the reason; holds the columns. Leaves the transaction
/// open.
SinkResult<ColumnsTable> ReadColumnsTable(Connection& connection, const StreamTarget& target,
                                          const TableName& table);

}  // namespace oncegate::mysql
