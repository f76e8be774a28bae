#include "sinks/sqlite/document_table.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "sinks/common/identifier.h"
#include "sinks/sqlite/row_writer.h"

namespace oncegate::sqlite {
namespace {

// Rows that stand in each other's way in long chains are not worth more: each pass mends at least
// one.
constexpr int kRetryPassesMax = 8;

}  // namespace

std::string CreateDocumentTableSql(std::string_view table) {
  return "CREATE TABLE " + QuoteIdentifier(table) +
         " (\n"
         "  key TEXT NOT NULL PRIMARY KEY,\n"
         "  producer TEXT,\n"
         "  epoch INTEGER,\n"
         "  seq INTEGER,\n"
         "  id TEXT,\n"
         "  version, -- an integer; beyond 2^63-1 text of 39 digits, which sorts behind all "
         "integers\n"
         "  event_time TEXT,\n"
         "  deleted BOOLEAN NOT NULL,\n"
         "  applied_at TEXT NOT NULL,\n"
         "  value TEXT -- JSON as it was sent; NULL when deleted\n"
         ")";
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
  RowWriter writer(connection_, (*table)->upsert, (*table)->probe, target.mode, now);
  return WriteAll(target, rows, &writer, outcome);
}

SinkStatus DocumentTables::WriteAll(const StreamTarget& target, std::span<const Event* const> rows,
                                    RowWriter* writer, RowsOutcome* outcome) {
  for (std::uint32_t row = 0; row < rows.size(); ++row) {
    SinkStatus written = WriteRow(target, row, *rows[row], writer, outcome);
    if (!written || !connection_.InTransaction()) return written;
  }
  for (int pass = 0; pass < kRetryPassesMax && !outcome->bad.empty(); ++pass) {
    const std::vector<BadRow> again = std::move(outcome->bad);
    outcome->bad.clear();
    for (const BadRow& bad : again) {
      SinkStatus written = WriteRow(target, bad.row, *rows[bad.row], writer, outcome);
      if (!written || !connection_.InTransaction()) return written;
    }
    if (outcome->bad.size() == again.size()) break;
  }
  std::sort(outcome->stored.begin(), outcome->stored.end(),
            [](const StoredRow& left, const StoredRow& right) { return left.row < right.row; });
  return {};
}

SinkStatus DocumentTables::WriteRow(const StreamTarget& target, std::uint32_t row,
                                    const Event& event, RowWriter* writer, RowsOutcome* outcome) {
  RowStep step = writer->Write(row, event, outcome);
  if (step == RowStep::kFailed && writer->code() == SQLITE_ERROR) {
    // Either the statement no longer fits the schema, and then it can not be prepared; or a
    // function of a trigger, CHECK or index choked on what the row holds.
    std::string detail = writer->detail();
    SinkResult<Statement> fits = connection_.PrepareForStream(UpsertSql(target.table));
    if (!fits) return fits.error();
    outcome->bad.push_back({.row = row, .detail = std::move(detail)});
    return {};
  }
  switch (step) {
    case RowStep::kDone:
      break;
    case RowStep::kBad:
      outcome->bad.push_back({.row = row, .detail = writer->detail()});
      break;
    case RowStep::kFailed:
      return connection_.Fail(writer->code(), "writing rows");
  }
  return {};
}

}  // namespace oncegate::sqlite
