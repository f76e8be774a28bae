#include "sinks/files/part_table.h"

#include <sqlite3.h>

#include <utility>

namespace oncegate::files {
namespace {

using sqlite::Connection;
using sqlite::Statement;

// Published parts are only ever looked at by people; the others are found without them.
constexpr char kCreate[] =
    "CREATE TABLE IF NOT EXISTS oncegate_parts (\n"
    "  name TEXT NOT NULL PRIMARY KEY,\n"
    "  stream TEXT NOT NULL,\n"
    "  folder TEXT NOT NULL,\n"
    "  day TEXT NOT NULL,\n"
    "  state TEXT NOT NULL, -- open, publishing, published\n"
    "  bytes INTEGER NOT NULL,\n"
    "  events INTEGER NOT NULL,\n"
    "  opened_at INTEGER NOT NULL, -- microseconds since 1970\n"
    "  applied_through INTEGER NOT NULL\n"
    ") WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS oncegate_parts_open ON oncegate_parts (stream)"
    " WHERE state = 'open';"
    "CREATE INDEX IF NOT EXISTS oncegate_parts_publishing ON oncegate_parts (name)"
    " WHERE state = 'publishing';"
    "INSERT INTO oncegate_schema (name, value) VALUES ('parts_version', '1')"
    " ON CONFLICT (name) DO NOTHING;";
constexpr std::string_view kVersion = "1";

constexpr std::string_view kSelect =
    "SELECT name, stream, folder, day, bytes, events FROM oncegate_parts WHERE ";

Part PartOf(const Statement& row) {
  return {std::string(row.Text(0)),
          std::string(row.Text(1)),
          std::string(row.Text(2)),
          std::string(row.Text(3)),
          static_cast<std::uint64_t>(row.Integer(4)),
          static_cast<std::uint64_t>(row.Integer(5))};
}

SinkResult<std::vector<Part>> Select(Connection& connection, std::string_view condition,
                                     std::string_view argument) {
  SinkResult<Statement> select = connection.Prepare(std::string(kSelect) + std::string(condition));
  if (!select) return select.error();
  select->BindText(1, argument);
  std::vector<Part> parts;
  int code = SQLITE_ROW;
  while ((code = select->Step()) == SQLITE_ROW) parts.push_back(PartOf(*select));
  if (code != SQLITE_DONE) return connection.Fail(code, "reading the list of parts");
  return parts;
}

/// Runs a statement that changes one row at most.
SinkStatus Run(Connection& connection, Statement& statement) {
  const int code = statement.Step();
  if (code != SQLITE_DONE) return connection.Fail(code, "writing the list of parts");
  return {};
}

SinkStatus RunOn(Connection& connection, std::string_view sql, std::string_view name) {
  SinkResult<Statement> statement = connection.Prepare(sql);
  if (!statement) return statement.error();
  statement->BindText(1, name);
  return Run(connection, *statement);
}

}  // namespace

SinkStatus EnsurePartTable(Connection& connection) {
  return InTransaction(connection, [&]() -> SinkStatus {
    if (SinkStatus made = connection.Execute(kCreate, "creating the list of parts"); !made) {
      return made;
    }
    SinkResult<Statement> select =
        connection.Prepare("SELECT value FROM oncegate_schema WHERE name = 'parts_version'");
    if (!select) return select.error();
    if (const int code = select->Step(); code != SQLITE_ROW) {
      return connection.Fail(code, "reading the version of the list of parts");
    }
    if (select->Text(0) == kVersion) return {};
    return connection.Refuse(SinkErrorClass::kRefused,
                             "its list of parts has parts_version " + std::string(select->Text(0)) +
                                 ", this oncegate knows " + std::string(kVersion) +
                                 "; use the oncegate that wrote it, or a newer one");
  });
}

SinkResult<std::optional<Part>> FindOpenPart(Connection& connection, std::string_view stream) {
  SinkResult<std::vector<Part>> parts =
      Select(connection, "state = 'open' AND stream = ?1", stream);
  if (!parts) return parts.error();
  if (parts->empty()) return std::optional<Part>();
  return std::optional<Part>(std::move(parts->front()));
}

SinkStatus InsertPart(Connection& connection, const Part& part, WallTime opened_at) {
  SinkResult<Statement> insert = connection.Prepare(
      "INSERT INTO oncegate_parts (name, stream, folder, day, state, bytes, events, opened_at,"
      " applied_through) VALUES (?1, ?2, ?3, ?4, 'open', 0, 0, ?5, ?5)");
  if (!insert) return insert.error();
  insert->BindText(1, part.name);
  insert->BindText(2, part.stream);
  insert->BindText(3, part.folder);
  insert->BindText(4, part.day);
  insert->BindInteger(5, opened_at.microseconds);
  return Run(connection, *insert);
}

SinkStatus GrowPart(Connection& connection, std::string_view name, const PartGrowth& growth) {
  SinkResult<Statement> update = connection.Prepare(
      "UPDATE oncegate_parts SET bytes = bytes + ?2, events = events + ?3, applied_through = ?4,"
      " state = CASE WHEN ?5 THEN 'publishing' ELSE state END WHERE name = ?1");
  if (!update) return update.error();
  update->BindText(1, name);
  update->BindInteger(2, static_cast<std::int64_t>(growth.bytes));
  update->BindInteger(3, static_cast<std::int64_t>(growth.events));
  update->BindInteger(4, growth.applied_at.microseconds);
  update->BindInteger(5, growth.closes ? 1 : 0);
  if (SinkStatus grown = Run(connection, *update); !grown) return grown;
  if (connection.ChangedRows() == 1) return {};
  // Bytes that no row vouches for would be cut off.
  return connection.Refuse(SinkErrorClass::kStream, "oncegate_parts does not keep its rows");
}

SinkStatus ClosePart(Connection& connection, std::string_view name) {
  return RunOn(connection,
               "UPDATE oncegate_parts SET state = 'publishing' WHERE name = ?1 AND state = 'open'",
               name);
}

SinkStatus CloseEveryPart(Connection& connection) {
  return connection.Execute("UPDATE oncegate_parts SET state = 'publishing' WHERE state = 'open'",
                            "closing the parts");
}

SinkStatus MarkPublished(Connection& connection, std::string_view name) {
  return RunOn(
      connection,
      "UPDATE oncegate_parts SET state = 'published' WHERE name = ?1 AND state = 'publishing'",
      name);
}

SinkResult<std::vector<Part>> ListOpenParts(Connection& connection) {
  return Select(connection, "state = 'open' AND ?1 = ''", "");
}

SinkResult<std::vector<Part>> ListPartsToPublish(Connection& connection) {
  return Select(connection, "state = 'publishing' AND ?1 = '' ORDER BY name", "");
}

}  // namespace oncegate::files
