#include "sinks/sqlite/row_attempt.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sinks/sqlite/error.h"

namespace oncegate::sqlite {
namespace {

// Rows that stand in each other's way in long chains are not worth more: each pass mends at least
// one.
constexpr int kRetryPassesMax = 8;

SinkStatus WriteRow(Connection& connection, std::uint32_t row, const Event& event,
                    RowAttempt* attempt, RowsOutcome* outcome) {
  const RowStep step = attempt->Write(row, event, outcome);
  if (step == RowStep::kFailed && attempt->code() == SQLITE_ERROR) {
    // Either the statement no longer fits the schema, and then it can not be prepared; or a
    // function of a trigger, CHECK or index choked on what the row holds.
    std::string detail = attempt->detail();
    SinkResult<Statement> fits = connection.PrepareForStream(attempt->Sql());
    if (!fits) return fits.error();
    outcome->bad.push_back({.row = row, .detail = std::move(detail)});
    return {};
  }
  switch (step) {
    case RowStep::kDone:
      break;
    case RowStep::kBad:
      outcome->bad.push_back({.row = row, .detail = attempt->detail()});
      break;
    case RowStep::kFailed:
      return connection.Fail(attempt->code(), "writing rows");
  }
  return {};
}

}  // namespace

RowStep RowAttempt::Bad(std::string detail) {
  detail_ = std::move(detail);
  return RowStep::kBad;
}

RowStep RowAttempt::Judge(int code) {
  code_ = code;
  detail_ = CodeName(code) + ": " + connection_.MessageOf(code);
  return IsDataError(code) ? RowStep::kBad : RowStep::kFailed;
}

SinkStatus WriteRows(Connection& connection, std::span<const Event* const> rows,
                     RowAttempt* attempt, RowsOutcome* outcome) {
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    SinkStatus written = WriteRow(connection, row, *rows[row], attempt, outcome);
    if (!written || !connection.InTransaction()) return written;
  }
  for (int pass = 0; pass < kRetryPassesMax && !outcome->bad.empty(); ++pass) {
    const std::vector<BadRow> again = std::exchange(outcome->bad, {});
    for (const BadRow& bad : again) {
      SinkStatus written = WriteRow(connection, bad.row, *rows[bad.row], attempt, outcome);
      if (!written || !connection.InTransaction()) return written;
    }
    if (outcome->bad.size() == again.size()) break;
  }
  std::sort(outcome->stored.begin(), outcome->stored.end(),
            [](const StoredRow& left, const StoredRow& right) { return left.row < right.row; });
  return {};
}

}  // namespace oncegate::sqlite
