#include "sinks/postgres/columns_writer.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "sinks/postgres/binary.h"
#include "sinks/postgres/columns_schema.h"
#include "sinks/postgres/columns_sql.h"
#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {
namespace {

/// As in RowWriter.
constexpr std::size_t kStatementRows = 1'000;
/// Bad rows of one call whose column is looked for.
constexpr std::size_t kNamedRowsMax = 8;
/// The table is as it should be, and the database will not have the column in it: a right, a limit,
/// an event trigger.
bool IsRefusal(const PgError& error) {
  if (error.connection_lost || error.sqlstate == "42P01" || error.sqlstate == "3F000") return false;
  return error.sqlstate.starts_with("42") || error.sqlstate.starts_with("54") ||
         error.sqlstate.starts_with("0A") || error.sqlstate.starts_with("P0");
}

std::string RefusalText(const PgError& error) {
  const std::string text = error.sqlstate + ": " + error.message;
  return error.sqlstate == "42501" ? text + " (make the role the owner of the table)" : text;
}

}  // namespace

ColumnsWriter::ColumnsWriter(Connection* connection, RowIsolation* isolation, std::string schema)
    : connection_(connection),
      isolation_(isolation),
      schema_(std::move(schema)),
      guards_(schema_) {}

SinkResult<const ColumnsWriter::Table*> ColumnsWriter::Open(const StreamTarget& target) {
  const auto known = tables_.find(target.stream);
  if (known != tables_.end()) return &known->second;
  const auto name = ParseTableName(target.table, schema_);
  if (!name) {
    return SinkError{SinkErrorClass::kStream, "\"" + target.table + "\" is no table name", ""};
  }
  const std::string number = std::to_string(tables_opened_++);
  Table table;
  table.hold_columns = HoldColumnsSql(*name);
  table.count_columns = {"columns_count_" + number, CountColumnsSql(*name)};
  const auto count = connection_->Execute(table.count_columns, {});
  if (!count) return ToSinkError(count.error());
  if (count->size() != 1) {
    return SinkError{SinkErrorClass::kStream, "table \"" + target.table + "\" is gone", ""};
  }
  table.column_count = ReadBinaryInt64(count->At(0, 0));
  SinkResult<ColumnsShape> shape = ReadShape(*connection_, target, *name);
  if (!shape) return shape.error();
  table.upsert = {"columns_upsert_" + number, ColumnsUpsertSql(target, *shape, *name)};
  table.remove = {"columns_remove_" + number, ColumnsDeleteSql(target, *shape, *name)};
  table.standing = {"columns_standing_" + number, ColumnsStandingSql(target, *shape, *name)};
  table.shape = *std::move(shape);
  return &tables_.emplace(target.stream, std::move(table)).first->second;
}

PgResult<bool> ColumnsWriter::HasGrown(const Table& table) {
  const auto count = connection_->Execute(table.count_columns, {});
  if (!count) return count.error();
  return count->size() != 1 || ReadBinaryInt64(count->At(0, 0)) != table.column_count;
}

void ColumnsWriter::ExpectNotGrown(const Table& table) {
  connection_->Defer(table.hold_columns);
  connection_->Defer(table.count_columns, {},
                     [expected = table.column_count](const QueryRows& count) -> PgStatus {
                       if (count.size() == 1 && ReadBinaryInt64(count.At(0, 0)) == expected) {
                         return {};
                       }
                       return PgError{"40001", "the table has another column", false};
                     });
}

SinkError ColumnsWriter::Fail(const StreamTarget& target, SinkError error) {
  tables_.erase(target.stream);
  // While events are written, whoever changed the table can change it back.
  if (error.error_class == SinkErrorClass::kRefused) error.error_class = SinkErrorClass::kStream;
  return error;
}

std::vector<std::vector<std::string>> ColumnsWriter::ReadKeys(const StreamTarget& target,
                                                              const Table& table,
                                                              std::span<const Event* const> rows,
                                                              RowsOutcome* outcome) const {
  std::vector<std::vector<std::string>> keys;
  keys.reserve(rows.size());
  ColumnsRow row;
  ColumnGrowth growth(target, table.shape, refusals_);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    std::string fault = ReadColumnsRow(table.shape, *rows[i], &row);
    if (fault.empty() && !row.unknown_members.empty()) fault = growth.Take(&row);
    if (!fault.empty()) outcome->bad.push_back({.row = i, .detail = std::move(fault)});
    keys.push_back(std::move(row.key));
  }
  outcome->new_columns = growth.columns();
  return keys;
}

PgResult<QueryRows> ColumnsWriter::Execute(const Call& call, const Statement& statement,
                                           std::span<const std::uint32_t> rows) {
  BinaryArray values{ElementType::kJsonb};
  BinaryArray versions{ElementType::kText};
  std::vector<BinaryArray> keys(call.table.shape.keys.size(), BinaryArray{ElementType::kText});
  for (const std::uint32_t row : rows) {
    const Event& event = *call.rows[row];
    event.operation == Operation::kDelete ? values.AddNull() : values.AddJson(event.value);
    event.version ? versions.AddBytes(ToDecimal(*event.version)) : versions.AddNull();
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i].AddBytes(call.keys[row][i]);
  }
  std::vector<std::string_view> parameters{values.Bytes(), versions.Bytes()};
  for (const BinaryArray& key : keys) parameters.push_back(key.Bytes());
  return connection_->Execute(statement, parameters);
}

PgStatus ColumnsWriter::ExplainMissing(const Call& call, Operation operation,
                                       std::span<const std::uint32_t> rows, std::uint64_t written) {
  const auto standing = Execute(call, call.table.standing, rows);
  if (!standing) return standing.error();
  std::uint64_t newer = 0;
  std::uint64_t kept = 0;  // Rows that a delete should have removed or marked.
  for (std::size_t i = 0; i < standing->size(); ++i) {
    const auto place = static_cast<std::size_t>(ReadBinaryInt64(standing->At(i, 0)) - 1);
    if (ReadBinaryBool(standing->At(i, 1))) {
      ++newer;
      call.outcome->effects[rows[place]] = RowEffect::kNewerExists;
    } else if (!ReadBinaryBool(standing->At(i, 2))) {
      ++kept;
    }
  }
  const bool is_delete = operation == Operation::kDelete;
  const bool dropped = is_delete ? kept > 0 : written + newer < rows.size();
  if (!dropped) return {};
  return PgError{"02000", is_delete ? "a trigger kept the row" : "a trigger dropped the row"};
}

PgStatus ColumnsWriter::WriteWinners(const Call& call, Operation operation,
                                     const std::vector<std::uint32_t>& winners) {
  const Statement& statement =
      operation == Operation::kDelete ? call.table.remove : call.table.upsert;
  for (std::size_t done = 0; done < winners.size(); done += kStatementRows) {
    const std::span<const std::uint32_t> rows =
        std::span(winners).subspan(done, std::min(kStatementRows, winners.size() - done));
    const auto written = Execute(call, statement, rows);
    if (!written) return written.error();
    if (written->Affected() == rows.size()) continue;
    const PgStatus explained = ExplainMissing(call, operation, rows, written->Affected());
    if (!explained) return explained.error();
  }
  return {};
}

PgStatus ColumnsWriter::Write(const Call& call, RowPart part) {
  std::vector<std::uint32_t> deletes;
  std::vector<std::uint32_t> upserts;
  for (std::size_t done = 0; done < part.count; done += kStatementRows) {
    const std::size_t first = part.first + done;
    std::vector<RowEffect> effects;
    const PgStatus guarded = guards_.Write(
        *connection_, call.target.stream,
        call.rows.subspan(first, std::min(kStatementRows, part.count - done)), call.now, &effects);
    if (!guarded) return guarded.error();
    for (std::size_t i = 0; i < effects.size(); ++i) {
      const auto row = static_cast<std::uint32_t>(first + i);
      call.outcome->effects[row] = effects[i];
      (*call.refused_by_guard)[row] = effects[i] != RowEffect::kWritten;
      if (effects[i] != RowEffect::kWritten) continue;
      const bool is_delete = call.rows[row]->operation == Operation::kDelete;
      (is_delete ? deletes : upserts).push_back(row);
    }
  }
  if (const PgStatus done = WriteWinners(call, Operation::kDelete, deletes); !done) {
    return done.error();
  }
  return WriteWinners(call, Operation::kUpsert, upserts);
}

PgStatus ColumnsWriter::TellSameVersions(const Call& call) {
  std::vector<const Event*> refused;
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < call.rows.size(); ++i) {
    if (!(*call.refused_by_guard)[i]) continue;
    refused.push_back(call.rows[i]);
    places.push_back(i);
  }
  if (refused.empty()) return {};
  const auto same = guards_.FindSameVersions(*connection_, call.target.stream, refused);
  if (!same) return same.error();
  for (const GuardRows::SameVersion& found : *same) {
    const std::uint32_t row = places[found.row];
    call.outcome->effects[row] = RowEffect::kSameVersion;
    call.outcome->stored.push_back({row, found.deleted, "", found.fingerprint});
  }
  return {};
}

PgStatus ColumnsWriter::NameColumns(const Call& call) {
  const std::size_t count = std::min(call.outcome->bad.size(), kNamedRowsMax);
  for (BadRow& bad : std::span(call.outcome->bad).first(count)) {
    const Event& event = *call.rows[bad.row];
    if (event.operation == Operation::kDelete || !bad.detail.starts_with("22")) continue;
    for (const CatalogueColumn& field : call.table.shape.fields) {
      if (const auto saved = connection_->Execute("SAVEPOINT oncegate_field"); !saved) {
        return saved.error();
      }
      // Types come from the catalogue and names are quoted; the value alone is a parameter.
      const std::string sql = ColumnsFieldSql(field);
      const auto converted =
          connection_->Execute({call.table.upsert.name + "/" + field.name, sql}, {event.value});
      const auto ended = connection_->Execute(
          "ROLLBACK TO SAVEPOINT oncegate_field; RELEASE SAVEPOINT oncegate_field");
      if (!ended) return ended.error();
      if (converted || !IsDataError(converted.error())) continue;
      bad.detail += " (column \"" + field.name + "\")";
      break;
    }
  }
  return {};
}

SinkStatus ColumnsWriter::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                                 WallTime now, RowsOutcome* outcome) {
  *outcome = RowsOutcome{};
  if (rows.empty()) return {};
  const auto table = Open(target);
  if (!table) return Fail(target, table.error());
  const auto keys = ReadKeys(target, **table, rows, outcome);
  if (!outcome->bad.empty() || !outcome->new_columns.empty()) {
    // A field may have its column by now.
    const auto has_grown = HasGrown(**table);
    if (!has_grown) return Fail(target, ToSinkError(has_grown.error()));
    if (!*has_grown) return {};
    tables_.erase(target.stream);
    return Upsert(target, rows, now, outcome);
  }
  ExpectNotGrown(**table);
  outcome->effects.assign(rows.size(), RowEffect::kNewerExists);
  std::vector<bool> refused_by_guard(rows.size(), false);
  const Call call{target, **table, rows, keys, now, outcome, &refused_by_guard};
  const auto write_part = [&](RowPart part) { return Write(call, part); };
  PgStatus done = isolation_->Write(rows, write_part, &outcome->bad);
  if (done && !outcome->bad.empty()) {
    done = NameColumns(call);
  } else if (done && target.mode == DedupeMode::kVersion) {
    done = TellSameVersions(call);
  }
  if (!done) return Fail(target, ToSinkError(done.error()));
  return {};
}

SinkStatus ColumnsWriter::AddColumns(const StreamTarget& target,
                                     std::span<const NewColumn> columns) {
  const auto name = ParseTableName(target.table, schema_);
  if (!name) {
    return SinkError{SinkErrorClass::kStream, "\"" + target.table + "\" is no table name", ""};
  }
  const auto added = connection_->Execute(AddColumnsSql(columns, *name));
  if (added) {
    if (added->CommandTag() == "COMMIT") return {};
    return SinkError{SinkErrorClass::kRestart, "adding columns was rolled back", ""};
  }
  if (added.error().connection_lost) return ToSinkError(added.error());
  if (const auto ended = connection_->Execute("ROLLBACK"); !ended) {
    return ToSinkError(ended.error());
  }
  if (!IsRefusal(added.error())) return ToSinkError(added.error());
  for (const NewColumn& column : columns) {
    refusals_.Add(target, column, RefusalText(added.error()));
  }
  return {};
}

}  // namespace oncegate::postgres
