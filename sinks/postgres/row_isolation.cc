// The part of RowWriter that finds bad rows: after a data error the statement is taken back and its
// rows are written half by half, each half behind a savepoint, down to the rows that fail alone.
// What succeeds stays, so that rows that are bad only together (two values of one unique column)
// show too. k bad rows of n cost O(k log n) statements.
#include <string>

#include "sinks/postgres/row_writer.h"
#include "sinks/postgres/transaction.h"

namespace oncegate::postgres {
namespace {

constexpr char kNumericOutOfRange[] = "22003";

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

SinkStatus RowWriter::FindBadRows(const Call& call, const PgError& error) {
  if (const PgStatus back = BackToStart(); !back) return ToSinkError(back.error());
  const PgStatus isolated = IsolateHalves(call, 0, call.rows.size(), error);
  if (!isolated) return ToSinkError(isolated.error());
  if (!call.outcome->bad.empty()) return {};
  return SinkError{SinkErrorClass::kRestart,
                   "rows that were refused together were taken one by one: " + error.message,
                   error.sqlstate};
}

PgStatus RowWriter::IsolateHalves(const Call& call, std::size_t first, std::size_t count,
                                  const PgError& error) {
  if (count == 1) return AddBadRow(call, first, error);
  const std::size_t half = count / 2;
  if (const PgStatus isolated = Isolate(call, first, half); !isolated) return isolated.error();
  return Isolate(call, first + half, count - half);
}

PgStatus RowWriter::Isolate(const Call& call, std::size_t first, std::size_t count) {
  const auto saved = connection_->Execute("SAVEPOINT oncegate_part");
  if (!saved) return saved.error();
  const auto written = Write(call, first, count);
  if (!written && !IsDataError(written.error())) return written.error();
  const auto ended = connection_->Execute(
      written ? "RELEASE SAVEPOINT oncegate_part"
              : "ROLLBACK TO SAVEPOINT oncegate_part; RELEASE SAVEPOINT oncegate_part");
  if (!ended) return ended.error();
  if (written) return {};
  return IsolateHalves(call, first, count, written.error());
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
