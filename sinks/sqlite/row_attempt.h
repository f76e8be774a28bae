// Writing the rows of one call one after the other. A row is a statement of its own, and SQLite
// backs out of a failed statement alone, so bad rows need no bisecting. A row that failed is tried
// again once the others are written, since one of them may have stood in its way (a unique value
// that it gives up).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"

namespace oncegate::sqlite {

enum class RowStep : std::uint8_t {
  kDone,    // The effect is known.
  kBad,     // The database refuses this row; `detail` tells why.
  kFailed,  // The error is not about this row.
};

/// How one target writes a row. Lives on the stack of one call.
class RowAttempt {
 public:
  explicit RowAttempt(Connection& connection) : connection_(connection) {}
  virtual ~RowAttempt() = default;

  /// On kDone fills in the effect of `row`, and what the row holds where that counts.
  virtual RowStep Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) = 0;
  /// The statement that writes: where it can not be prepared any more, no row is to blame.
  virtual std::string Sql() const = 0;

  const std::string& detail() const { return detail_; }
  int code() const { return code_; }

 protected:
  Connection& connection() { return connection_; }
  RowStep Bad(std::string detail);
  /// What an error code of SQLite means.
  RowStep Judge(int code);

 private:
  Connection& connection_;
  std::string detail_;
  int code_ = 0;
};

/// Writes all rows; those that the database refuses go to outcome->bad.
SinkStatus WriteRows(Connection& connection, std::span<const Event* const> rows,
                     RowAttempt* attempt, RowsOutcome* outcome);

}  // namespace oncegate::sqlite
