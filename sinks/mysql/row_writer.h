// RowWriter: writes the rows of one call of the document target, one row per key, sorted by key
// bytes, through the row guard: rows that are there are locked and looked at, the others inserted.
// Where calls have brought nothing but new rows, these are inserted without a look, until one of
// them is there after all.
//
// Nothing is decided by ON DUPLICATE KEY UPDATE, which takes a second unique key for the row's own
// and writes over another row.
//
// One per session; used by its thread.
#pragma once

#include <map>
#include <span>
#include <string>

#include "sinks/mysql/connection.h"
#include "sinks/mysql/document_table.h"
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
    DocumentStatements statements;
    int calls_of_new_rows = 0;  // The last calls, in none of which a row was there.
  };

  Connection* connection_;
  std::map<std::string, Table, std::less<>> tables_;
};

}  // namespace oncegate::mysql
