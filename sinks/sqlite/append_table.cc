#include "sinks/sqlite/append_table.h"

#include <sqlite3.h>

#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/sqlite/document_table.h"
#include "sinks/sqlite/row_attempt.h"
#include "sinks/sqlite/row_binding.h"

namespace oncegate::sqlite {
namespace {

std::string AppendSql(std::string_view table) {
  return "INSERT INTO " + QuoteIdentifier(table) + " " + std::string(kRowColumnsAndValues);
}

class AppendAttempt final : public RowAttempt {
 public:
  AppendAttempt(Connection& connection, std::string_view table, Statement& insert, WallTime now)
      : RowAttempt(connection), table_(table), insert_(insert), binding_(now) {}

  RowStep Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) override {
    binding_.BindRow(insert_, event);
    if (event.key_is_default) insert_.BindNull(kKey);
    const StatementRun run(insert_);
    if (const int code = insert_.Step(); code != SQLITE_DONE) return Judge(code);
    // A row that is not there must not pass for settled.
    if (connection().ChangedRows() == 0) return Bad("a trigger dropped the row");
    outcome->effects[row] = RowEffect::kWritten;
    return RowStep::kDone;
  }

  std::string Sql() const override { return AppendSql(table_); }

 private:
  std::string_view table_;
  Statement& insert_;
  RowBinding binding_;
};

}  // namespace

std::string CreateAppendTableSql(std::string_view table) {
  return "CREATE TABLE " + QuoteIdentifier(table) + " (\n  key TEXT,\n" +
         std::string(kEventColumns) + ")";
}

SinkStatus AppendTables::Append(const StreamTarget& target, std::span<const Event* const> rows,
                                WallTime now, RowsOutcome* outcome) {
  *outcome = {};
  Statement& insert = inserts_[target.table];
  if (!insert) {
    SinkResult<Statement> prepared = connection_.PrepareForStream(AppendSql(target.table));
    if (!prepared) return prepared.error();
    insert = std::move(*prepared);
  }
  outcome->effects.resize(rows.size(), RowEffect::kNewerExists);
  AppendAttempt attempt(connection_, target.table, insert, now);
  return WriteRows(connection_, rows, &attempt, outcome);
}

}  // namespace oncegate::sqlite
