// How rows get into the tables of columns targets (sinks/sink.h): one prepared upsert or delete per
// row, between asking and writing its guard row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>

#include "sinks/common/columns_growth.h"
#include "sinks/common/columns_shape.h"
#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/guard_rows.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

struct ColumnsStatements {
  ColumnsShape shape;
  Statement upsert;
  Statement remove;
  Statement standing;
};

/// The prepared statements of the tables that one connection has written to.
class ColumnsTables {
 public:
  explicit ColumnsTables(Connection& connection) : connection_(connection) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);
  /// See SinkSession::AddColumns.
  SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns);
  /// A transaction of a group begins.
  void OnBegin() { refusals_.OnBegin(); }

 private:
  SinkResult<ColumnsStatements*> Open(const StreamTarget& target);
  /// Forgets every shape once the database's schema has changed.
  SinkStatus NoticeChanges();
  SinkStatus AddColumn(const StreamTarget& target, const NewColumn& column);

  Connection& connection_;
  GuardRows guards_;
  ColumnRefusals refusals_;
  Statement read_schema_version_;
  std::int64_t schema_version_ = -1;
  std::unordered_map<std::string, ColumnsStatements> tables_;  // By stream.
};

}  // namespace oncegate::sqlite
