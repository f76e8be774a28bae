// The part of RowWriter that finds bad rows: after a data error the statement is taken back and its
// rows are written half by half, each half behind a savepoint, down to the rows that fail alone.
// What succeeds stays, so that rows that are bad only together (two values of one unique column)
// show too. k bad rows of n cost O(k log n) statements. Rows that fail alone are tried once more
// behind those that did not: what was in their way (a value that another row gives up) may be gone.
#include <string>
#include <utility>

#include "sinks/postgres/row_writer.h"
#include "sinks/postgres/transaction.h"

namespace oncegate::postgres {
namespace {

constexpr char kNumericOutOfRange[] = "22003";

// Rows that stand in each other's way in long chains are not worth more: each pass mends at least
// one.
constexpr int kRetryPassesMax = 8;

const Statement& CastToJson() {
  static const Statement statement{"rows_cast", "SELECT length(($1::text::jsonb)::text)"};
  return statement;
}

}  // namespace

PgStatus RowWriter::BackToStart() {
  const char* const sql = has_savepoint_ ? "ROLLBACK TO SAVEPOINT oncegate_call" : kBeginAgain;
  if (const auto back = connection_->Execute(sql); !back) return back.error();
  return {};
}

PgResult<std::vector<QueryRows>> RowWriter::WriteByParts(const Call& call, const PgError& error) {
  if (const PgStatus back = BackToStart(); !back) return back.error();
  std::vector<QueryRows> written;
  const PgStatus isolated = IsolateHalves(call, {0, call.rows.size()}, error, &written);
  if (!isolated) return isolated.error();
  for (int pass = 0; pass < kRetryPassesMax && !call.outcome->bad.empty(); ++pass) {
    const std::vector<BadRow> again = std::exchange(call.outcome->bad, {});
    for (const BadRow& bad : again) {
      const PgStatus tried = Isolate(call, {bad.row, 1}, &written);
      if (!tried) return tried.error();
    }
    if (call.outcome->bad.size() == again.size()) break;
  }
  return written;
}

PgStatus RowWriter::IsolateHalves(const Call& call, Part part, const PgError& error,
                                  std::vector<QueryRows>* written) {
  if (part.count == 1) return AddBadRow(call, part.first, error);
  const std::size_t half = part.count / 2;
  if (const PgStatus first = Isolate(call, {part.first, half}, written); !first) {
    return first.error();
  }
  return Isolate(call, {part.first + half, part.count - half}, written);
}

PgStatus RowWriter::Isolate(const Call& call, Part part, std::vector<QueryRows>* written) {
  const auto saved = connection_->Execute("SAVEPOINT oncegate_part");
  if (!saved) return saved.error();
  auto rows = Write(call, part.first, part.count);
  if (!rows && !IsDataError(rows.error())) return rows.error();
  const auto ended = connection_->Execute(
      rows ? "RELEASE SAVEPOINT oncegate_part"
           : "ROLLBACK TO SAVEPOINT oncegate_part; RELEASE SAVEPOINT oncegate_part");
  if (!ended) return ended.error();
  if (!rows) return IsolateHalves(call, part, rows.error(), written);
  for (QueryRows& keys : *rows) written->push_back(std::move(keys));
  return {};
}

PgStatus RowWriter::AddBadRow(const Call& call, std::size_t row, const PgError& error) {
  BadRow bad;
  bad.row = static_cast<std::uint32_t>(row);
  bad.detail = error.sqlstate + ": " + error.message;
  const Event& event = *call.rows[row];
  if (error.sqlstate == kNumericOutOfRange && event.operation == Operation::kUpsert) {
    // A trigger may be what is out of range; only a cast of the value alone tells.
    if (const auto saved = connection_->Execute("SAVEPOINT oncegate_part"); !saved) {
      return saved.error();
    }
    const auto cast = connection_->Execute(CastToJson(), {event.value});
    if (!cast && cast.error().sqlstate == kNumericOutOfRange) {
      bad.verdict = Verdict::kInvalid;
      bad.code = Code::kNumberNotRepresentable;
    }
    const auto ended = connection_->Execute(
        "ROLLBACK TO SAVEPOINT oncegate_part; RELEASE SAVEPOINT oncegate_part");
    if (!ended) return ended.error();
  }
  call.outcome->bad.push_back(std::move(bad));
  return {};
}

}  // namespace oncegate::postgres
