// RowWriter: how the document target writes a row: an upsert through the row guard of
// dedupe/judge/fold.h. Lives on the stack of one call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/row_attempt.h"
#include "sinks/sqlite/row_binding.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

/// The row guard (dedupe/judge/fold.h) over a stored row's columns and the parameters of
/// row_binding.h: may this event write?
inline constexpr std::string_view kRowGuard =
    "CASE WHEN ?7 IS NOT NULL THEN version IS NULL OR ?7 > version"
    "     WHEN version IS NOT NULL THEN 0"
    "     WHEN producer = ?3 AND seq IS NOT NULL AND ?5 IS NOT NULL"
    "       THEN (?4, ?5) >= (epoch, seq)"
    "     ELSE 1 END";

/// The upsert of a document table, and the question why it left a row alone. Both number their
/// parameters alike; see row_binding.h.
std::string UpsertSql(std::string_view table);
std::string ProbeSql(std::string_view table);

class RowWriter final : public RowAttempt {
 public:
  RowWriter(Connection& connection, const StreamTarget& target, Statement& upsert, Statement& probe,
            WallTime now);

  RowStep Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) override;
  std::string Sql() const override;

 private:
  RowStep Probe(std::uint32_t row, const Event& event, RowsOutcome* outcome);

  const StreamTarget& target_;
  Statement& upsert_;
  Statement& probe_;
  RowBinding binding_;
};

}  // namespace oncegate::sqlite
