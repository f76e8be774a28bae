// How rows get into the tables of columns targets (sinks/sink.h): one prepared upsert or delete per
// row, between asking and writing its guard row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>

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

 private:
  SinkResult<ColumnsStatements*> Open(const StreamTarget& target);
  /// Forgets every shape once the database's schema has changed.
  SinkStatus NoticeChanges();

  Connection& connection_;
  GuardRows guards_;
  Statement read_schema_version_;
  std::int64_t schema_version_ = -1;
  std::unordered_map<std::string, ColumnsStatements> tables_;  // By stream.
};

}  // namespace oncegate::sqlite
