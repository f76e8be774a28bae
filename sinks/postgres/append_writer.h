// AppendWriter: the rows of one call of the append target, each event a row. Many rows go by COPY
// straight into the table. COPY can not travel in one round trip with what was deferred before it,
// and takes two of its own, so few rows go by INSERT.
//
// One per session; used by its thread.
#pragma once

#include <map>
#include <span>
#include <string>

#include "sinks/postgres/connection.h"
#include "sinks/postgres/row_isolation.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class AppendWriter {
 public:
  /// `schema` is the one in which unqualified tables stand.
  AppendWriter(Connection* connection, RowIsolation* isolation, std::string schema);

  /// See SinkSession::UpsertRows.
  SinkStatus Append(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  struct TableStatements {
    Statement insert;
    std::string copy;
  };

  SinkResult<const TableStatements*> StatementsOf(const StreamTarget& target);
  PgStatus Write(const TableStatements& statements, std::span<const Event* const> rows,
                 WallTime now);
  PgResult<QueryRows> Insert(const Statement& insert, std::span<const Event* const> rows,
                             WallTime now);

  Connection* connection_;
  RowIsolation* isolation_;
  std::string schema_;
  std::map<std::string, TableStatements, std::less<>> tables_;
};

}  // namespace oncegate::postgres
