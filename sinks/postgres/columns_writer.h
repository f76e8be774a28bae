// ColumnsWriter: the rows of one call of a columns target (sinks/sink.h). First the guard rows,
// then for those that the guard lets through deletes, then upserts: a row that goes may hold a
// unique value that another one takes over.
//
// One per session; used by its thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sinks/common/columns_growth.h"
#include "sinks/common/columns_shape.h"
#include "sinks/postgres/connection.h"
#include "sinks/postgres/guard_rows.h"
#include "sinks/postgres/row_isolation.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class ColumnsWriter {
 public:
  /// `schema` is the one in which unqualified tables stand.
  ColumnsWriter(Connection* connection, RowIsolation* isolation, std::string schema);

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);
  /// See SinkSession::AddColumns.
  SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns);
  /// A transaction of a group begins.
  void OnBegin() { refusals_.OnBegin(); }

 private:
  struct Table {
    ColumnsShape shape;
    Statement upsert;
    Statement remove;
    Statement standing;
    Statement count_columns;
    std::string hold_columns;
    std::int64_t column_count = 0;  // Read before the shape.
  };
  struct Call {
    const StreamTarget& target;
    const Table& table;
    std::span<const Event* const> rows;
    /// Parallel to the rows: the texts of the key columns.
    const std::vector<std::vector<std::string>>& keys;
    WallTime now;
    RowsOutcome* outcome;
    /// Parallel to the rows: the guard row refused it, not the table.
    std::vector<bool>* refused_by_guard;
  };

  SinkResult<const Table*> Open(const StreamTarget& target);
  /// Somebody added a column since the catalogue was read. Nothing keeps them from it after this
  /// call.
  PgResult<bool> HasGrown(const Table& table);
  /// Lets the next statement fail if the table has grown: a row is written as a whole, and one of a
  /// column that is not known yet would keep what it holds there.
  void ExpectNotGrown(const Table& table);
  /// Fails with the table forgotten, so that its catalogue is read anew.
  SinkError Fail(const StreamTarget& target, SinkError error);
  std::vector<std::vector<std::string>> ReadKeys(const StreamTarget& target, const Table& table,
                                                 std::span<const Event* const> rows,
                                                 RowsOutcome* outcome) const;
  PgStatus Write(const Call& call, RowPart part);
  PgStatus WriteWinners(const Call& call, Operation operation,
                        const std::vector<std::uint32_t>& winners);
  /// Not every row was written: because the table holds a newer one, or a trigger dropped it.
  PgStatus ExplainMissing(const Call& call, Operation operation,
                          std::span<const std::uint32_t> rows, std::uint64_t written);
  PgResult<QueryRows> Execute(const Call& call, const Statement& statement,
                              std::span<const std::uint32_t> rows);
  PgStatus TellSameVersions(const Call& call);
  /// Says in the detail of a bad row which of its fields can not be converted.
  PgStatus NameColumns(const Call& call);

  Connection* connection_;
  RowIsolation* isolation_;
  std::string schema_;
  GuardRows guards_;
  ColumnRefusals refusals_;
  std::map<std::string, Table, std::less<>> tables_;  // By stream.
  std::uint64_t tables_opened_ = 0;
};

}  // namespace oncegate::postgres
