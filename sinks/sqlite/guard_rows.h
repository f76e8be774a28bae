// The guard rows of columns targets: what the row guard of dedupe/judge/fold.h looks at, since the
// user's table has no columns for it, and a row that was deleted no row at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/row_binding.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

/// SQLite has one writer, so the guard is asked first and written last: a row that the database
/// refuses leaves no guard row behind that would keep it from being tried again.
class GuardRows {
 public:
  SinkStatus Prepare(Connection& connection);

  struct Answer {
    int code = 0;  // SQLITE_DONE, or an error.
    bool may_write = true;
    bool same_version = false;
    bool deleted = false;
    Fingerprint fingerprint;
  };
  Answer Ask(std::string_view stream, const Event& event, RowBinding* binding);
  /// SQLITE_DONE, or an error.
  int Write(std::string_view stream, const Event& event, WallTime now, RowBinding* binding);

 private:
  Statement ask_;
  Statement write_;
};

/// See SinkSession::SweepGuards.
SinkResult<std::string> SweepGuards(Connection& connection, const GuardSweep& sweep);

}  // namespace oncegate::sqlite
