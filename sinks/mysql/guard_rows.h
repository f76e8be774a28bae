// The guard rows of columns targets: what the row guard of dedupe/judge/fold.h looks at, since the
// user's table has no columns for it, and a row that was deleted no row at all.
//
// They are locked and written before the table, in byte order of their keys: whoever writes a row
// of the table holds its guard row, so that two sessions never meet in the table itself.
//
// GuardRows: one per session; used by its thread.
#pragma once

#include <map>
#include <span>
#include <string>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

class GuardRows {
 public:
  explicit GuardRows(Connection* connection) : connection_(connection) {}

  /// Writes those that the guard lets through; what *outcome says is about the guard rows alone.
  MysqlStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                     RowsOutcome* outcome);

 private:
  Connection* connection_;
  std::map<std::string, int, std::less<>> calls_of_new_rows_;  // By stream; see GuardedTable.
};

/// See SinkSession::SweepGuards. Leaves the transaction open.
MysqlStatus SweepGuards(Connection& connection, const GuardSweep& sweep, std::string* next);

}  // namespace oncegate::mysql
