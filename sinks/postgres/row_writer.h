// RowWriter: writes the rows of one call, one row per key, sorted by key bytes, through the row
// guard; in one statement (for many rows, several), whose rows travel as array parameters in binary
// form.
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
#include "sinks/postgres/row_isolation.h"
#include "sinks/postgres/table_name.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class RowWriter {
 public:
  /// `schema` is the one in which unqualified tables stand.
  RowWriter(Connection* connection, RowIsolation* isolation, std::string schema);

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

  SinkResult<const TableStatements*> StatementsOf(const StreamTarget& target);
  /// Appends the keys of the rows written to `written`. Many rows take several statements, one
  /// after the other in the order of the rows, so that rows are locked in byte order all the same.
  PgStatus Write(const Call& call, RowPart part, std::vector<QueryRows>* written);
  /// Tells what the guard refused from what somebody else kept from being written.
  PgStatus ReadRefused(const Call& call, DedupeMode mode);
  static void AddDropped(const Call& call, std::uint32_t row, std::string detail);

  Connection* connection_;
  RowIsolation* isolation_;
  std::string schema_;
  std::map<std::string, TableStatements, std::less<>> tables_;
};

}  // namespace oncegate::postgres
