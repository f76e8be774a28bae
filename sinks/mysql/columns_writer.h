// ColumnsWriter: the rows of one call of a columns target (sinks/sink.h). First the guard rows,
// then for those that the guard lets through deletes, then upserts: a row that goes may hold a
// unique value that another one takes over.
//
// One per session; used by its thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "sinks/common/columns_growth.h"
#include "sinks/mysql/columns_schema.h"
#include "sinks/mysql/connection.h"
#include "sinks/mysql/guard_rows.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

class ColumnsWriter {
 public:
  explicit ColumnsWriter(Connection* connection) : connection_(connection), guards_(connection) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);
  /// See SinkSession::AddColumns. Leaves no transaction open unless it fails.
  SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns);
  /// A transaction of a group begins.
  void OnBegin() { refusals_.OnBegin(); }

 private:
  struct Table {
    ColumnsTable columns;
    std::string number;  // Tells the names of its statements from those of others.
  };

  /// The table as it is now, which it stays until the end of the transaction.
  SinkResult<const Table*> Open(const StreamTarget& target);
  MysqlStatus Write(const StreamTarget& target, const Table& table,
                    std::span<const Event* const> rows, WallTime now, RowsOutcome* outcome);
  /// Adds those that are not there. Fails with "duplicate column" where another instance is faster.
  MysqlStatus AlterTable(std::span<const NewColumn> columns, const TableName& table);

  Connection* connection_;
  GuardRows guards_;
  ColumnRefusals refusals_;
  std::map<std::string, Table, std::less<>> tables_;  // By stream.
  std::uint64_t tables_opened_ = 0;
};

}  // namespace oncegate::mysql
