// RowWriter: one call of UpsertRows, row by row. Lives on the stack of that call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/statement.h"
#include "sinks/sqlite/text_time.h"

namespace oncegate::sqlite {

/// The upsert of a document table, and the question why it left a row alone. Both number their
/// parameters alike; see RowWriter::Bind.
std::string UpsertSql(std::string_view table);
std::string ProbeSql(std::string_view table);

enum class RowStep : std::uint8_t {
  kDone,    // The effect is known.
  kBad,     // The database refuses this row; `detail` tells why.
  kFailed,  // The error is not about this row.
};

class RowWriter {
 public:
  RowWriter(Connection& connection, Statement& upsert, Statement& probe, DedupeMode mode,
            WallTime now);

  /// On kDone fills in the effect of `row`, and what the row holds where that counts.
  RowStep Write(std::uint32_t row, const Event& event, RowsOutcome* outcome);

  const std::string& detail() const { return detail_; }
  int code() const { return code_; }

 private:
  void Bind(Statement& statement, const Event& event);
  void BindVersion(Statement& statement, const std::optional<Version>& version);
  RowStep Probe(std::uint32_t row, const Event& event, RowsOutcome* outcome);
  RowStep Bad(std::string detail);
  RowStep Judge(int code);

  Connection& connection_;
  Statement& upsert_;
  Statement& probe_;
  DedupeMode mode_;
  // Bound without a copy, so they live here.
  TimeText applied_at_;
  TimeText event_time_{};
  std::string version_digits_;
  std::string detail_;
  int code_ = 0;
};

}  // namespace oncegate::sqlite
