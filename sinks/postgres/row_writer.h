// RowWriter: writes the rows of one call, one row per key, sorted by key bytes, through the row
// guard; in one statement, whose rows travel as array parameters or, where they are many, by COPY
// into a temporary table. Finds bad rows by bisecting.
//
// One per session; used by its thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/postgres/table_name.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

struct RowWriterSettings {
  /// From so many rows on COPY is cheaper than array parameters (measured, see docs/design.md).
  std::size_t copy_rows_min = 1'500;
  /// False where the role may not create temporary tables: never COPY.
  bool may_copy = true;
};

class RowWriter {
 public:
  /// `schema` is the one in which unqualified tables stand.
  RowWriter(Connection* connection, std::string schema, RowWriterSettings settings);

  /// Tell the writer how transactions begin and end.
  void OnBegin();
  void OnCommitted();

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  struct TableStatements {
    Statement upsert_arrays;
    Statement upsert_stage;
    Statement read;
  };
  struct Call {
    const TableStatements* statements = nullptr;
    std::span<const Event* const> rows;
    std::string applied_at;
    RowsOutcome* outcome = nullptr;
  };

  SinkResult<const TableStatements*> StatementsOf(const StreamTarget& target);
  /// Gives the keys of the rows written.
  PgResult<QueryRows> Write(const Call& call, std::size_t first, std::size_t count);
  PgStatus FillStage(std::span<const Event* const> rows);
  PgStatus ReadRefused(const Call& call, DedupeMode mode);

  // row_isolation.cc
  SinkStatus FindBadRows(const Call& call, const PgError& error);
  PgStatus BackToStart();
  PgStatus Isolate(const Call& call, std::size_t first, std::size_t count);
  PgStatus IsolateHalves(const Call& call, std::size_t first, std::size_t count,
                         const PgError& error);
  PgStatus AddBadRow(const Call& call, std::size_t row, const PgError& error);

  Connection* connection_;
  std::string schema_;
  RowWriterSettings settings_;
  std::map<std::string, TableStatements, std::less<>> tables_;
  /// Rows were written in the open transaction, behind the savepoint of the call at hand.
  bool has_savepoint_ = false;
  bool has_rows_ = false;
  bool stage_exists_ = false;   // In a committed transaction.
  bool stage_touched_ = false;  // In the open one.
};

}  // namespace oncegate::postgres
