#include "sinks/sqlite/row_writer.h"

#include <sqlite3.h>

#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/sqlite/document_table.h"

namespace oncegate::sqlite {
namespace {

/// The probe alone: give the value of a row of equal version.
constexpr int kTellValue = kAppliedAt + 1;

}  // namespace

std::string UpsertSql(std::string_view table) {
  return "INSERT INTO " + QuoteIdentifier(table) + " " + std::string(kRowColumnsAndValues) +
         " ON CONFLICT (key) DO UPDATE SET producer = excluded.producer, epoch = excluded.epoch,"
         " seq = excluded.seq, id = excluded.id, version = excluded.version,"
         " event_time = excluded.event_time, deleted = excluded.deleted,"
         " applied_at = excluded.applied_at, value = excluded.value WHERE " +
         std::string(kRowGuard);
}

std::string ProbeSql(std::string_view table) {
  return "SELECT " + std::string(kRowGuard) +
         ", version IS ?7 AND ?7 IS NOT NULL, deleted,"
         " CASE WHEN ?11 AND version IS ?7 THEN value END FROM " +
         QuoteIdentifier(table) + " WHERE key = ?1";
}

RowWriter::RowWriter(Connection& connection, const StreamTarget& target, Statement& upsert,
                     Statement& probe, WallTime now)
    : RowAttempt(connection), target_(target), upsert_(upsert), probe_(probe), binding_(now) {}

std::string RowWriter::Sql() const { return UpsertSql(target_.table); }

RowStep RowWriter::Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) {
  binding_.BindRow(upsert_, event);
  const StatementRun run(upsert_);
  if (const int code = upsert_.Step(); code != SQLITE_DONE) return Judge(code);
  if (connection().ChangedRows() == 0) return Probe(row, event, outcome);
  outcome->effects[row] = RowEffect::kWritten;
  return RowStep::kDone;
}

/// Nothing was written: by the guard, which the row itself has to bear out, or because a trigger
/// dropped the row without an error. The latter must not pass for settled.
RowStep RowWriter::Probe(std::uint32_t row, const Event& event, RowsOutcome* outcome) {
  binding_.BindIdentity(probe_, event);
  probe_.BindInteger(kTellValue, target_.mode == DedupeMode::kVersion ? 1 : 0);
  const StatementRun run(probe_);
  const int code = probe_.Step();
  if (code == SQLITE_DONE) return Bad("a trigger dropped the row");
  if (code != SQLITE_ROW) return Judge(code);
  if (probe_.Integer(0) != 0) return Bad("a trigger dropped the change of the row");
  const bool same_version = target_.mode == DedupeMode::kVersion && probe_.Integer(1) != 0;
  outcome->effects[row] = same_version ? RowEffect::kSameVersion : RowEffect::kNewerExists;
  if (same_version) {
    outcome->stored.push_back({row, probe_.Integer(2) != 0, std::string(probe_.Text(3))});
  }
  return RowStep::kDone;
}

}  // namespace oncegate::sqlite
