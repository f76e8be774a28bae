// The table of the append target, and how rows get into it: one prepared INSERT per event. Its
// columns are those of the document target (document_table.h), without a key that says which row is
// meant: `key` is the event's own, or NULL.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

std::string CreateAppendTableSql(std::string_view table);

/// The prepared statements of the tables that one connection has written to.
class AppendTables {
 public:
  explicit AppendTables(Connection& connection) : connection_(connection) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Append(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  Connection& connection_;
  std::unordered_map<std::string, Statement> inserts_;
};

}  // namespace oncegate::sqlite
