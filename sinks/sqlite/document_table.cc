#include "sinks/sqlite/document_table.h"

#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/sqlite/row_writer.h"

namespace oncegate::sqlite {
std::string CreateDocumentTableSql(std::string_view table) {
  return "CREATE TABLE " + QuoteIdentifier(table) + " (\n  key TEXT NOT NULL PRIMARY KEY,\n" +
         std::string(kEventColumns) + ")";
}

SinkResult<DocumentTables::Table*> DocumentTables::Open(const std::string& table) {
  Table& statements = tables_[table];
  if (!statements.upsert || !statements.probe) {
    SinkResult<Statement> upsert = connection_.PrepareForStream(UpsertSql(table));
    if (!upsert) return upsert.error();
    SinkResult<Statement> probe = connection_.PrepareForStream(ProbeSql(table));
    if (!probe) return probe.error();
    statements = {std::move(*upsert), std::move(*probe)};
  }
  return &statements;
}

SinkStatus DocumentTables::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                                  WallTime now, RowsOutcome* outcome) {
  *outcome = {};
  SinkResult<Table*> table = Open(target.table);
  if (!table) return table.error();
  outcome->effects.resize(rows.size(), RowEffect::kNewerExists);
  RowWriter writer(connection_, target, (*table)->upsert, (*table)->probe, now);
  return WriteRows(connection_, rows, &writer, outcome);
}

}  // namespace oncegate::sqlite
