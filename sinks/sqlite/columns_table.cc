#include "sinks/sqlite/columns_table.h"

#include <sqlite3.h>

#include <utility>

#include "sinks/sqlite/columns_attempt.h"
#include "sinks/sqlite/columns_schema.h"
#include "sinks/sqlite/columns_sql.h"

namespace oncegate::sqlite {

SinkStatus ColumnsTables::NoticeChanges() {
  if (!read_schema_version_) {
    SinkResult<Statement> read = connection_.Prepare("PRAGMA schema_version");
    if (!read) return read.error();
    read_schema_version_ = std::move(*read);
  }
  const StatementRun run(read_schema_version_);
  if (const int code = read_schema_version_.Step(); code != SQLITE_ROW) {
    return connection_.Fail(code, "reading the version of the schema");
  }
  const std::int64_t version = read_schema_version_.Integer(0);
  if (std::exchange(schema_version_, version) != version) tables_.clear();
  return {};
}

SinkResult<ColumnsStatements*> ColumnsTables::Open(const StreamTarget& target) {
  if (SinkStatus noticed = NoticeChanges(); !noticed) return noticed.error();
  if (SinkStatus prepared = guards_.Prepare(connection_); !prepared) return prepared.error();
  const auto known = tables_.find(target.stream);
  if (known != tables_.end()) return &known->second;
  SinkResult<ColumnsShape> shape = ReadShape(connection_, target);
  if (!shape) {
    // While events are written, whoever changed the table can change it back.
    SinkError error = shape.error();
    if (error.error_class == SinkErrorClass::kRefused) error.error_class = SinkErrorClass::kStream;
    return error;
  }
  ColumnsStatements statements;
  for (const auto& [statement, sql] :
       {std::pair(&statements.upsert, ColumnsUpsertSql(target, *shape)),
        {&statements.remove, ColumnsDeleteSql(target, *shape)},
        {&statements.standing, ColumnsStandingSql(target, *shape)}}) {
    SinkResult<Statement> prepared = connection_.PrepareForStream(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  statements.shape = *std::move(shape);
  return &tables_.emplace(target.stream, std::move(statements)).first->second;
}

SinkStatus ColumnsTables::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                                 WallTime now, RowsOutcome* outcome) {
  *outcome = {};
  SinkResult<ColumnsStatements*> statements = Open(target);
  if (!statements) return statements.error();
  outcome->effects.resize(rows.size(), RowEffect::kNewerExists);
  ColumnsAttempt attempt(connection_, target, **statements, guards_, refusals_, now);
  SinkStatus written = WriteRows(connection_, rows, &attempt, outcome);
  outcome->new_columns = attempt.growth().columns();
  return written;
}

SinkStatus ColumnsTables::AddColumn(const StreamTarget& target, const NewColumn& column) {
  SinkResult<Statement> find =
      connection_.Prepare("SELECT 1 FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE");
  if (!find) return find.error();
  find->BindText(1, target.table);
  find->BindText(2, column.name);
  const int found = find->Step();
  if (found == SQLITE_ROW) return {};
  if (found != SQLITE_DONE) return connection_.Fail(found, "looking for a column");
  SinkResult<Statement> add = connection_.PrepareForStream(AddColumnSql(target, column));
  if (!add) {
    if (add.error().error_class != SinkErrorClass::kStream) return add.error();
    refusals_.Add(target, column, add.error().message);
    return {};
  }
  const int added = add->Step();
  if (added == SQLITE_DONE) return {};
  if (added != SQLITE_ERROR) return connection_.Fail(added, "adding a column");
  refusals_.Add(target, column, connection_.MessageOf(added));
  return {};
}

SinkStatus ColumnsTables::AddColumns(const StreamTarget& target,
                                     std::span<const NewColumn> columns) {
  return InTransaction(connection_, [&]() -> SinkStatus {
    for (const NewColumn& column : columns) {
      if (SinkStatus added = AddColumn(target, column); !added) return added;
    }
    return {};
  });
}

}  // namespace oncegate::sqlite
