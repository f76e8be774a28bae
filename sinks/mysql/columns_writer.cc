#include "sinks/mysql/columns_writer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sinks/mysql/columns_call.h"
#include "sinks/mysql/columns_rows.h"
#include "sinks/mysql/columns_sql.h"
#include "sinks/mysql/row_size.h"

namespace oncegate::mysql {
namespace {

constexpr std::uint32_t kDuplicateColumn = 1060;
/// Each turn finds a column that another instance added meanwhile.
constexpr int kTurnsMax = 16;
constexpr std::uint32_t kNoDatabase = 1049;
constexpr std::uint32_t kAlterDenied = 1142;
constexpr std::uint32_t kNoTable = 1146;

/// Refusals whose SQLSTATE does not say so.
constexpr std::array<std::uint32_t, 3> kRefusals{
    1117,  // Too many columns.
    1478,  // An option of the table does not allow it.
    4092,  // The history of the table does not allow it.
};

/// The table is as it should be, and the server will not have the column in it: a right, a limit, a
/// name.
bool IsRefusal(const MysqlError& error) {
  if (error.connection_lost || error.code == kNoTable || error.code == kNoDatabase) return false;
  return error.sqlstate.starts_with("42") || error.sqlstate.starts_with("0A") ||
         std::find(kRefusals.begin(), kRefusals.end(), error.code) != kRefusals.end();
}

std::string RefusalText(const MysqlError& error) {
  const std::string text = std::to_string(error.code) + ": " + error.message;
  return error.code == kAlterDenied ? text + " (grant ALTER on the table)" : text;
}

SinkError NoTableName(const StreamTarget& target) {
  return {SinkErrorClass::kStream, "\"" + target.table + "\" is no table name", ""};
}

/// Those that are not there.
std::vector<NewColumn> MissingOf(std::span<const NewColumn> columns,
                                 const std::vector<ResultColumn>& described) {
  std::vector<NewColumn> missing;
  for (const NewColumn& column : columns) {
    const bool is_there =
        std::any_of(described.begin(), described.end(),
                    [&](const ResultColumn& there) { return there.name == column.name; });
    if (!is_there) missing.push_back(column);
  }
  return missing;
}

}  // namespace

SinkResult<const ColumnsWriter::Table*> ColumnsWriter::Open(const StreamTarget& target) {
  const auto name = ParseTableName(target.table, connection_->database());
  if (!name) return NoTableName(target);
  const auto known = tables_.find(target.stream);
  if (known != tables_.end()) {
    const auto described = HoldColumns(*connection_, *name);
    if (!described) return ToSinkError(described.error());
    if (*described == known->second.columns.described) return &known->second;
    tables_.erase(known);
  }
  SinkResult<ColumnsTable> table = ReadColumnsTable(*connection_, target, *name);
  if (!table) {
    // While events are written, whoever changed the table can change it back.
    SinkError error = table.error();
    if (error.error_class == SinkErrorClass::kRefused) error.error_class = SinkErrorClass::kStream;
    return error;
  }
  Table opened{*std::move(table), std::to_string(tables_opened_++)};
  return &tables_.emplace(target.stream, std::move(opened)).first->second;
}

MysqlStatus ColumnsWriter::Write(const StreamTarget& target, const Table& table,
                                 std::span<const Event* const> rows, WallTime now,
                                 RowsOutcome* outcome) {
  const std::vector<ColumnsRowValues> values =
      ReadColumnsRows(target, table.columns, refusals_, rows, outcome);
  if (outcome->bad.empty()) LeaveOutTooLarge(*connection_, rows, &outcome->bad);
  if (!outcome->bad.empty() || !outcome->new_columns.empty()) return {};
  if (const MysqlStatus guarded = guards_.Upsert(target, rows, now, outcome); !guarded) {
    return guarded.error();
  }
  if (!outcome->bad.empty()) return {};
  return ColumnsCall(*connection_, target, table.columns, table.number)
      .Write(rows, values, outcome);
}

SinkStatus ColumnsWriter::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                                 WallTime now, RowsOutcome* outcome) {
  *outcome = RowsOutcome{};
  if (rows.empty()) return {};
  const SinkResult<const Table*> table = Open(target);
  if (!table) return table.error();
  const MysqlStatus written = Write(target, **table, rows, now, outcome);
  if (written) return {};
  // What is not told by the columns (an index that is gone) shows when the table is read anew.
  tables_.erase(target.stream);
  return ToSinkError(written.error());
}

MysqlStatus ColumnsWriter::AlterTable(std::span<const NewColumn> columns, const TableName& table) {
  const auto described = HoldColumns(*connection_, table);
  if (!described) return described.error();
  const std::vector<NewColumn> missing = MissingOf(columns, *described);
  if (const MysqlStatus ended = connection_->Execute("ROLLBACK"); !ended) return ended.error();
  if (missing.empty()) return {};
  // Whoever comes behind a waiting ALTER TABLE waits as well.
  const MysqlStatus limited = connection_->Execute(
      "SET @oncegate_lock_wait = @@SESSION.lock_wait_timeout, SESSION lock_wait_timeout = 1");
  if (!limited) return limited.error();
  MysqlStatus added = connection_->Execute(AddColumnsSql(missing, table));
  const MysqlStatus restored =
      connection_->Execute("SET SESSION lock_wait_timeout = @oncegate_lock_wait");
  if (added && !restored) return restored.error();
  return added;
}

SinkStatus ColumnsWriter::AddColumns(const StreamTarget& target,
                                     std::span<const NewColumn> columns) {
  const auto name = ParseTableName(target.table, connection_->database());
  if (!name) return NoTableName(target);
  MysqlStatus added = AlterTable(columns, *name);
  for (int turn = 1; !added && added.error().code == kDuplicateColumn && turn < kTurnsMax; ++turn) {
    added = AlterTable(columns, *name);
  }
  if (added) return {};
  if (!IsRefusal(added.error())) return ToSinkError(added.error());
  for (const NewColumn& column : columns) {
    refusals_.Add(target, column, RefusalText(added.error()));
  }
  return {};
}

}  // namespace oncegate::mysql
