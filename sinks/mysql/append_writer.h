// AppendWriter: the rows of one call of the append target, each event a row, in arrival order.
//
// One per session; used by its thread.
#pragma once

#include <map>
#include <span>
#include <string>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

class AppendWriter {
 public:
  explicit AppendWriter(Connection* connection) : connection_(connection) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Append(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  Connection* connection_;
  std::map<std::string, BlockStatement, std::less<>> tables_;
};

}  // namespace oncegate::mysql
