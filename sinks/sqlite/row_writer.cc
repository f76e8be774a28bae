#include "sinks/sqlite/row_writer.h"

#include <sqlite3.h>

#include <limits>
#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/sqlite/error.h"

namespace oncegate::sqlite {
namespace {

constexpr std::size_t kVersionDigits = 39;  // Of 2^128-1.

enum Parameter : int {
  kKey = 1,
  kValue,
  kProducer,
  kEpoch,
  kSequence,
  kId,
  kVersion,
  kEventTime,
  kDeleted,
  kAppliedAt,
  kTellValue,  // The probe alone: give the value of a row of equal version.
};

/// The row guard over the stored row's columns and the parameters: may this event write?
constexpr char kGuard[] =
    "CASE WHEN ?7 IS NOT NULL THEN version IS NULL OR ?7 > version"
    "     WHEN version IS NOT NULL THEN 0"
    "     WHEN producer = ?3 AND seq IS NOT NULL AND ?5 IS NOT NULL"
    "       THEN (?4, ?5) >= (epoch, seq)"
    "     ELSE 1 END";

void BindTextOrNull(Statement& statement, int parameter, std::string_view text) {
  if (text.empty()) {
    statement.BindNull(parameter);
  } else {
    statement.BindText(parameter, text);
  }
}

}  // namespace

std::string UpsertSql(std::string_view table) {
  return "INSERT INTO " + QuoteIdentifier(table) +
         " (key, producer, epoch, seq, id, version, event_time, deleted, applied_at, value)"
         " VALUES (?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?2)"
         " ON CONFLICT (key) DO UPDATE SET producer = excluded.producer, epoch = excluded.epoch,"
         " seq = excluded.seq, id = excluded.id, version = excluded.version,"
         " event_time = excluded.event_time, deleted = excluded.deleted,"
         " applied_at = excluded.applied_at, value = excluded.value WHERE " +
         kGuard;
}

std::string ProbeSql(std::string_view table) {
  return std::string("SELECT ") + kGuard +
         ", version IS ?7 AND ?7 IS NOT NULL, deleted,"
         " CASE WHEN ?11 AND version IS ?7 THEN value END FROM " +
         QuoteIdentifier(table) + " WHERE key = ?1";
}

RowWriter::RowWriter(Connection& connection, Statement& upsert, Statement& probe, DedupeMode mode,
                     WallTime now)
    : connection_(connection),
      upsert_(upsert),
      probe_(probe),
      mode_(mode),
      applied_at_(FormatTime(now)) {}

void RowWriter::BindVersion(Statement& statement, const std::optional<Version>& version) {
  if (!version) return statement.BindNull(kVersion);
  if (version->high == 0 && std::in_range<std::int64_t>(version->low)) {
    return statement.BindInteger(kVersion, static_cast<std::int64_t>(version->low));
  }
  const std::string digits = ToDecimal(*version);
  version_digits_.assign(kVersionDigits - digits.size(), '0');
  version_digits_ += digits;
  statement.BindText(kVersion, version_digits_);
}

void RowWriter::Bind(Statement& statement, const Event& event) {
  statement.BindText(kKey, event.key);
  BindTextOrNull(statement, kProducer, event.producer);
  if (event.producer.empty()) {
    statement.BindNull(kEpoch);
  } else {
    statement.BindInteger(kEpoch, event.epoch.value);
  }
  if (event.sequence) {
    statement.BindInteger(kSequence, event.sequence->value);
  } else {
    statement.BindNull(kSequence);
  }
  BindVersion(statement, event.version);
}

RowStep RowWriter::Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) {
  Bind(upsert_, event);
  BindTextOrNull(upsert_, kId, event.id);
  if (event.event_time) {
    event_time_ = FormatTime(*event.event_time);
    upsert_.BindText(kEventTime, ViewOf(event_time_));
  } else {
    upsert_.BindNull(kEventTime);
  }
  const bool deleted = event.operation == Operation::kDelete;
  upsert_.BindInteger(kDeleted, deleted ? 1 : 0);
  upsert_.BindText(kAppliedAt, ViewOf(applied_at_));
  if (deleted) {
    upsert_.BindNull(kValue);
  } else {
    upsert_.BindText(kValue, event.value);
  }
  const StatementRun run(upsert_);
  if (const int code = upsert_.Step(); code != SQLITE_DONE) return Judge(code);
  if (connection_.ChangedRows() == 0) return Probe(row, event, outcome);
  outcome->effects[row] = RowEffect::kWritten;
  return RowStep::kDone;
}

/// Nothing was written: by the guard, which the row itself has to bear out, or because a trigger
/// dropped the row without an error. The latter must not pass for settled.
RowStep RowWriter::Probe(std::uint32_t row, const Event& event, RowsOutcome* outcome) {
  Bind(probe_, event);
  probe_.BindInteger(kTellValue, mode_ == DedupeMode::kVersion ? 1 : 0);
  const StatementRun run(probe_);
  const int code = probe_.Step();
  if (code == SQLITE_DONE) return Bad("a trigger dropped the row");
  if (code != SQLITE_ROW) return Judge(code);
  if (probe_.Integer(0) != 0) return Bad("a trigger dropped the change of the row");
  const bool same_version = mode_ == DedupeMode::kVersion && probe_.Integer(1) != 0;
  outcome->effects[row] = same_version ? RowEffect::kSameVersion : RowEffect::kNewerExists;
  if (same_version) {
    outcome->stored.push_back({row, probe_.Integer(2) != 0, std::string(probe_.Text(3))});
  }
  return RowStep::kDone;
}

RowStep RowWriter::Bad(std::string detail) {
  detail_ = std::move(detail);
  return RowStep::kBad;
}

RowStep RowWriter::Judge(int code) {
  code_ = code;
  detail_ = CodeName(code) + ": " + connection_.MessageOf(code);
  return IsDataError(code) ? RowStep::kBad : RowStep::kFailed;
}

}  // namespace oncegate::sqlite
