#include "sinks/mysql/row_writer.h"

namespace oncegate::mysql {
namespace {

StoredRow ReadStored(const QueryRows& rows, std::size_t row) {
  StoredRow stored;
  stored.deleted = rows.Integer(row, 1) != 0;
  stored.value = rows.Bytes(row, 2);
  return stored;
}

}  // namespace

SinkStatus RowWriter::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                             WallTime now, RowsOutcome* outcome) {
  *outcome = RowsOutcome{};
  if (rows.empty()) return {};
  auto found = tables_.find(target.table);
  if (found == tables_.end()) {
    const auto table = ParseTableName(target.table, connection_->database());
    if (!table) {
      return SinkError{SinkErrorClass::kStream, "\"" + target.table + "\" is no table name", ""};
    }
    const std::string number = std::to_string(tables_.size());
    found = tables_.emplace(target.table, Table{DocumentStatements(*table, number), 0}).first;
  }
  Table& table = found->second;
  const auto add_row = [now](const Event& event, Parameters* parameters) {
    AddRow(event, true, now, parameters);
  };
  const GuardedTable guarded{table.statements, std::nullopt, add_row,
                             &BytesOfRow,      &ReadStored,  &table.calls_of_new_rows};
  const MysqlStatus done = UpsertGuarded(*connection_, guarded, target.mode, rows, outcome);
  if (!done) return ToSinkError(done.error());
  return {};
}

}  // namespace oncegate::mysql
