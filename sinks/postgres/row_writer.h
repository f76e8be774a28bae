// RowWriter: writes the rows of one call, one row per key, sorted by key bytes, through the row
// guard; in one statement (for many rows, several), whose rows travel as array parameters in binary
// form. Finds bad rows by bisecting.
//
// COPY into a temporary table and INSERT … SELECT from there was measured against it in pairs:
// slower below 1,000 rows, nearly equal above, for the price of a second path and a right more.
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

class RowWriter {
 public:
  /// `schema` is the one in which unqualified tables stand.
  RowWriter(Connection* connection, std::string schema);

  /// A transaction begins.
  void OnBegin();

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  struct TableStatements {
    Statement upsert;
    Statement read_refused;
  };
  struct Call {
    const TableStatements* statements = nullptr;
    std::span<const Event* const> rows;
    std::string applied_at;
    RowsOutcome* outcome = nullptr;
  };
  /// Of the rows of a call.
  struct Part {
    std::size_t first = 0;
    std::size_t count = 0;
  };

  SinkResult<const TableStatements*> StatementsOf(const StreamTarget& target);
  /// Gives the keys of the rows written. Many rows take several statements, one after the other in
  /// the order of the rows, so that rows are locked in byte order all the same.
  PgResult<std::vector<QueryRows>> Write(const Call& call, std::size_t first, std::size_t count);
  /// Tells what the guard refused from what somebody else kept from being written.
  PgStatus ReadRefused(const Call& call, DedupeMode mode);
  static void AddDropped(const Call& call, std::uint32_t row, std::string detail);

  // row_isolation.cc
  /// After a data error of all rows together: writes those that can be written and lists the others
  /// as bad. If none is bad, everything is written, and the keys are given as by Write.
  PgResult<std::vector<QueryRows>> WriteByParts(const Call& call, const PgError& error);
  PgStatus BackToStart();
  PgStatus Isolate(const Call& call, Part part, std::vector<QueryRows>* written);
  PgStatus IsolateHalves(const Call& call, Part part, const PgError& error,
                         std::vector<QueryRows>* written);
  PgStatus AddBadRow(const Call& call, std::size_t row, const PgError& error);

  Connection* connection_;
  std::string schema_;
  std::map<std::string, TableStatements, std::less<>> tables_;
  bool has_rows_ = false;       // A call came before in the open transaction.
  bool has_savepoint_ = false;  // The call at hand stands behind a savepoint.
};

}  // namespace oncegate::postgres
