// RowIsolation: writes the rows of one call and finds those that the server refuses. After a data
// error the statement is taken back and its rows are written half by half, each half behind a
// savepoint, down to the rows that fail alone. What succeeds stays, so that rows that are bad only
// together (two values of one unique column) show too. k bad rows of n cost O(k log n) statements.
// Rows that fail alone are tried once more behind those that did not: what was in their way (a
// value that another row gives up) may be gone.
//
// One per session, shared by the writers of all targets; used by its thread.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

/// Of the rows of a call.
struct RowPart {
  std::size_t first = 0;
  std::size_t count = 0;
};

class RowIsolation {
 public:
  explicit RowIsolation(Connection* connection) : connection_(connection) {}

  /// A transaction begins.
  void OnBegin();

  /// Writes a part: all of it, or an error and nothing is remembered of it.
  using WritePart = std::function<PgStatus(RowPart part)>;
  /// Lists the rows that are bad; if there is none, everything is written. Fails where the error is
  /// not about a row; with serialization_failure where no row is bad, but what the transaction had
  /// written before was lost in finding out: the next transaction keeps it behind a savepoint.
  PgStatus Write(std::span<const Event* const> rows, const WritePart& write_part,
                 std::vector<BadRow>* bad);

 private:
  struct Call {
    std::span<const Event* const> rows;
    const WritePart& write_part;
    std::vector<BadRow>* bad;
  };

  PgStatus OpenCall();
  PgStatus BackToStart();
  PgStatus WriteByParts(const Call& call, const PgError& error);
  PgStatus Isolate(const Call& call, RowPart part);
  PgStatus IsolateHalves(const Call& call, RowPart part, const PgError& error);
  PgStatus AddBadRow(const Call& call, std::size_t row, const PgError& error);

  Connection* connection_;
  bool has_rows_ = false;       // A call needs a savepoint: another came before, mostly.
  bool has_savepoint_ = false;  // The call at hand stands behind a savepoint.
  bool keeps_start_ = false;    // In the next transaction the first call has one, too.
};

}  // namespace oncegate::postgres
