// The table of the document target, and how rows get into it: one prepared upsert per row, through
// the row guard of dedupe/judge/fold.h.
//
// Columns: key, producer, epoch, seq, id, version, event_time, deleted, applied_at, value. The
// value stands last, so that the guard's columns are read without following a large one over its
// pages.
//
// version has no declared type: an INTEGER up to 2^63-1; beyond it TEXT of 39 digits with leading
// zeros. SQLite orders integers before text and such texts like their numbers, so versions of any
// size compare right, in the guard and in ORDER BY, and read as numbers wherever they fit.
//
// event_time and applied_at are RFC 3339 in UTC with six digits behind the point: text order is
// time order.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/row_writer.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

std::string CreateDocumentTableSql(std::string_view table);

/// The prepared statements of the tables that one connection has written to.
class DocumentTables {
 public:
  explicit DocumentTables(Connection& connection) : connection_(connection) {}

  /// See SinkSession::UpsertRows. A row is a statement of its own, and SQLite backs out of a failed
  /// statement alone, so bad rows need no bisecting. A row that failed is tried again once the
  /// others are written, since one of them may have stood in its way (a unique value that it gives
  /// up).
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  struct Table {
    Statement upsert;
    Statement probe;
  };

  SinkResult<Table*> Open(const std::string& table);
  SinkStatus WriteAll(const StreamTarget& target, std::span<const Event* const> rows,
                      RowWriter* writer, RowsOutcome* outcome);
  /// One row; a row that the database refuses goes to outcome->bad.
  SinkStatus WriteRow(const StreamTarget& target, std::uint32_t row, const Event& event,
                      RowWriter* writer, RowsOutcome* outcome);

  Connection& connection_;
  std::unordered_map<std::string, Table> tables_;
};

}  // namespace oncegate::sqlite
