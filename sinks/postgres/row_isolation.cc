#include "sinks/postgres/row_isolation.h"

#include <string>
#include <utility>

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

void RowIsolation::OnBegin() {
  has_rows_ = std::exchange(keeps_start_, false);
  has_savepoint_ = false;
}

PgStatus RowIsolation::OpenCall() {
  // The first call of a transaction needs no savepoint: its way back is the start of the
  // transaction.
  if (std::exchange(has_rows_, true)) {
    const auto saved = connection_->Execute("SAVEPOINT oncegate_call");
    if (!saved) return saved.error();
    has_savepoint_ = true;
  }
  return {};
}

PgStatus RowIsolation::Write(std::span<const Event* const> rows, const WritePart& write_part,
                             std::vector<BadRow>* bad) {
  if (const PgStatus opened = OpenCall(); !opened) return opened.error();
  PgStatus written = write_part({0, rows.size()});
  if (written || !IsDataError(written.error())) return written;
  const PgStatus isolated = WriteByParts({rows, write_part, bad}, written.error());
  if (!isolated || !bad->empty() || has_savepoint_) return isolated;
  // The rows are written, but the marks before them were taken back with the first attempt.
  keeps_start_ = true;
  return PgError{"40001", "the rows can only be written one after the other", false};
}

PgStatus RowIsolation::BackToStart() {
  const char* const sql = has_savepoint_ ? "ROLLBACK TO SAVEPOINT oncegate_call" : kBeginAgain;
  if (const auto back = connection_->Execute(sql); !back) return back.error();
  return {};
}

PgStatus RowIsolation::WriteByParts(const Call& call, const PgError& error) {
  if (const PgStatus back = BackToStart(); !back) return back.error();
  const PgStatus isolated = IsolateHalves(call, {0, call.rows.size()}, error);
  if (!isolated) return isolated.error();
  for (int pass = 0; pass < kRetryPassesMax && !call.bad->empty(); ++pass) {
    const std::vector<BadRow> again = std::exchange(*call.bad, {});
    for (const BadRow& bad : again) {
      const PgStatus tried = Isolate(call, {bad.row, 1});
      if (!tried) return tried.error();
    }
    if (call.bad->size() == again.size()) break;
  }
  return {};
}

PgStatus RowIsolation::IsolateHalves(const Call& call, RowPart part, const PgError& error) {
  if (part.count == 1) return AddBadRow(call, part.first, error);
  const std::size_t half = part.count / 2;
  if (const PgStatus first = Isolate(call, {part.first, half}); !first) return first.error();
  return Isolate(call, {part.first + half, part.count - half});
}

PgStatus RowIsolation::Isolate(const Call& call, RowPart part) {
  const auto saved = connection_->Execute("SAVEPOINT oncegate_part");
  if (!saved) return saved.error();
  const PgStatus written = call.write_part(part);
  if (!written && !IsDataError(written.error())) return written.error();
  const auto ended = connection_->Execute(
      written ? "RELEASE SAVEPOINT oncegate_part"
              : "ROLLBACK TO SAVEPOINT oncegate_part; RELEASE SAVEPOINT oncegate_part");
  if (!ended) return ended.error();
  if (!written) return IsolateHalves(call, part, written.error());
  return {};
}

PgStatus RowIsolation::AddBadRow(const Call& call, std::size_t row, const PgError& error) {
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
  call.bad->push_back(std::move(bad));
  return {};
}

}  // namespace oncegate::postgres
