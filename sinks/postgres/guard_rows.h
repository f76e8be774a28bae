// The guard rows of columns targets: what the row guard of dedupe/judge/fold.h looks at, since the
// user's table has no columns for it, and a row that was deleted no row at all.
//
// They are written before the table, in byte order of their keys: whoever writes a row of the table
// holds its guard row, so that two sessions never meet in the table itself.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class GuardRows {
 public:
  explicit GuardRows(const std::string& schema);

  /// Writes those that the guard lets through; *effects becomes parallel to the rows: kWritten or
  /// kNewerExists.
  PgStatus Write(Connection& connection, std::string_view stream,
                 std::span<const Event* const> rows, WallTime now,
                 std::vector<RowEffect>* effects) const;
  /// What stands there of the same version; `rows` are those that Write refused.
  struct SameVersion {
    std::size_t row = 0;  // Index into the rows given.
    bool deleted = false;
    Fingerprint fingerprint;
  };
  PgResult<std::vector<SameVersion>> FindSameVersions(Connection& connection,
                                                      std::string_view stream,
                                                      std::span<const Event* const> rows) const;
  /// See SinkSession::SweepGuards.
  PgStatus Sweep(Connection& connection, const GuardSweep& sweep, std::string* next) const;

 private:
  Statement write_;
  Statement find_same_;
  Statement sweep_;
};

}  // namespace oncegate::postgres
