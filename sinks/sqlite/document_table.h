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
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

/// The definitions of all columns but the key.
inline constexpr std::string_view kEventColumns =
    "  producer TEXT,\n"
    "  epoch INTEGER,\n"
    "  seq INTEGER,\n"
    "  id TEXT,\n"
    "  version, -- an integer; beyond 2^63-1 text of 39 digits, which sorts behind all integers\n"
    "  event_time TEXT,\n"
    "  deleted BOOLEAN NOT NULL,\n"
    "  applied_at TEXT NOT NULL,\n"
    "  value TEXT -- JSON as it was sent; NULL when deleted\n";

/// What an INSERT of a row says behind the table; its parameters are those of row_binding.h.
inline constexpr std::string_view kRowColumnsAndValues =
    "(key, producer, epoch, seq, id, version, event_time, deleted, applied_at, value)"
    " VALUES (?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?2)";

std::string CreateDocumentTableSql(std::string_view table);

/// The prepared statements of the tables that one connection has written to.
class DocumentTables {
 public:
  explicit DocumentTables(Connection& connection) : connection_(connection) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  struct Table {
    Statement upsert;
    Statement probe;
  };

  SinkResult<Table*> Open(const std::string& table);

  Connection& connection_;
  std::unordered_map<std::string, Table> tables_;
};

}  // namespace oncegate::sqlite
