// RowWriter: writes the rows of one call of the document target, one row per key, sorted by key
// bytes, through the row guard.
//
// One per session; used by its thread.
#pragma once

#include <map>
#include <span>
#include <string>

#include "sinks/mysql/connection.h"
#include "sinks/mysql/document_table.h"
#include "sinks/mysql/guarded_upsert.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

class RowWriter {
 public:
  explicit RowWriter(Connection* connection) : connection_(connection) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  struct Table {
    GuardedStatements statements;
    int calls_of_new_rows = 0;  // See GuardedTable.
  };

  Connection* connection_;
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace oncegate::mysql
