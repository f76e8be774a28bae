#include "sinks/mysql/catalogue.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sinks/mysql/document_table.h"
#include "sinks/mysql/ledger_schema.h"
#include "sinks/mysql/table_name.h"

namespace oncegate::mysql {
namespace {

constexpr std::string_view kCommentHead = "made by oncegate for stream ";

std::string InQuotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

SinkError Refused(const std::string& message) { return {SinkErrorClass::kRefused, message, ""}; }

/// A catalogue entry as it reads.
struct Entry {
  std::string stream;
  TableName table;
  std::string mode;
  std::string kind;
  bool is_made = false;
};

constexpr char kReadEntries[] =
    "SELECT SUBSTRING(name, 8), JSON_UNQUOTE(JSON_EXTRACT(value, '$.database')), "
    "JSON_UNQUOTE(JSON_EXTRACT(value, '$.table')), JSON_UNQUOTE(JSON_EXTRACT(value, '$.dedupe')), "
    "JSON_UNQUOTE(JSON_EXTRACT(value, '$.target')), "
    "COALESCE(JSON_UNQUOTE(JSON_EXTRACT(value, '$.made')), '') FROM oncegate_schema "
    "WHERE name >= 'stream:' AND name < 'stream;' ORDER BY name";

SinkResult<std::vector<Entry>> ReadEntries(Connection& connection) {
  const auto rows = connection.Execute({"catalogue", kReadEntries, "bbbbbb"}, Parameters());
  if (!rows) return ToLedgerError(rows.error());
  std::vector<Entry> entries;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto text = [&](std::size_t column) { return std::string(rows->Bytes(row, column)); };
    entries.push_back({text(0), {text(1), text(2)}, text(3), text(4), text(5) == "true"});
  }
  return entries;
}

/// What stands in the database under the name of the table.
struct Relation {
  bool is_table = false;
  std::string engine;
  std::string comment;
};

SinkResult<std::optional<Relation>> FindRelation(Connection& connection, const TableName& table) {
  Parameters names;
  names.AddText(table.database);
  names.AddText(table.table);
  const auto rows = connection.Execute(
      {"relation",
       "SELECT table_type, COALESCE(engine, ''), table_comment FROM information_schema.tables "
       "WHERE table_schema = ? AND table_name = ?",
       "bbb"},
      names);
  if (!rows) return ToLedgerError(rows.error());
  if (rows->size() == 0) return std::optional<Relation>();
  return std::optional<Relation>({rows->Bytes(0, 0) == "BASE TABLE", std::string(rows->Bytes(0, 1)),
                                  std::string(rows->Bytes(0, 2))});
}

SinkResult<TableName> ReadTableName(const StreamTarget& target, const std::string& database) {
  const auto table = ParseTableName(target.table, database);
  if (!table) {
    return Refused("stream " + InQuotes(target.stream) + ": " + InQuotes(target.table) +
                   " is no table name; write \"table\" or \"database.table\", each part of 1 to "
                   "64 bytes");
  }
  std::string lower = table->table;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (lower.starts_with("oncegate_")) {
    return Refused("stream " + InQuotes(target.stream) + " can not use the table " +
                   InQuotes(target.table) + ": such names belong to the ledger");
  }
  return *table;
}

SinkStatus CheckEntry(const StreamTarget& target, const TableName& table, const Entry& entry,
                      const std::string& database) {
  const auto contradiction = [&](std::string_view what, std::string_view was, std::string_view is) {
    return Refused("stream " + InQuotes(target.stream) + " was written with " + std::string(what) +
                   " = " + InQuotes(was) + ", the configuration says " + InQuotes(is) +
                   "; go back to " + InQuotes(was) + ", or give the new setting a new stream");
  };
  if (entry.table != table) {
    return contradiction("table", ToConfigured(entry.table, database), target.table);
  }
  if (entry.mode != ToString(target.mode)) {
    return contradiction("dedupe", entry.mode, ToString(target.mode));
  }
  if (entry.kind != ToString(target.kind)) {
    return contradiction("target", entry.kind, ToString(target.kind));
  }
  return {};
}

SinkStatus CheckTable(const StreamTarget& target, const std::optional<Relation>& relation) {
  if (!relation) {
    return SinkError{SinkErrorClass::kStream,
                     "table " + InQuotes(target.table) + " of stream " + InQuotes(target.stream) +
                         " is gone; restore it, or delete 'stream:" + target.stream +
                         "' from oncegate_schema to go on with an empty one",
                     ""};
  }
  if (!relation->is_table) {
    return Refused(InQuotes(target.table) + " of stream " + InQuotes(target.stream) +
                   " is no longer the table that oncegate made");
  }
  if (relation->engine != "InnoDB") {
    return Refused("table " + InQuotes(target.table) + " of stream " + InQuotes(target.stream) +
                   " has the engine " + relation->engine +
                   ", which has no transactions; run ALTER TABLE … ENGINE = InnoDB");
  }
  return {};
}

SinkError NotOurs(const StreamTarget& target) {
  return Refused("there is already something named " + InQuotes(target.table) +
                 " that oncegate did not make; give stream " + InQuotes(target.stream) +
                 " another table (setting \"table\"), or rename what is there");
}

/// How far a stream is.
enum class Progress : std::uint8_t { kNone, kEntered, kHasTable, kMade };

/// Reads the entry and confirms that it agrees, and that nothing stands in the way.
SinkResult<Progress> Confirm(Connection& connection, const StreamTarget& target,
                             const TableName& table) {
  const auto entries = ReadEntries(connection);
  if (!entries) return entries.error();
  const auto relation = FindRelation(connection, table);
  if (!relation) return relation.error();
  for (const Entry& entry : *entries) {
    if (entry.stream != target.stream) continue;
    const SinkStatus agrees = CheckEntry(target, table, entry, connection.database());
    if (!agrees) return agrees.error();
    if (entry.is_made) {
      if (const SinkStatus usable = CheckTable(target, *relation); !usable) return usable.error();
      return Progress::kMade;
    }
    if (!*relation) return Progress::kEntered;
    if ((*relation)->comment != std::string(kCommentHead) + target.stream) return NotOurs(target);
    return Progress::kHasTable;
  }
  for (const Entry& entry : *entries) {
    if (entry.table != table) continue;
    return Refused("table " + InQuotes(target.table) + " already belongs to stream " +
                   InQuotes(entry.stream) + "; stream " + InQuotes(target.stream) +
                   " needs a table of its own");
  }
  if (*relation) return NotOurs(target);
  return Progress::kNone;
}

MysqlStatus Committed(Connection& connection, const Statement& statement,
                      const Parameters& parameters) {
  const auto done = connection.Execute(statement, parameters);
  if (!done) return done.error();
  return connection.Execute("COMMIT");
}

MysqlStatus Enter(Connection& connection, const StreamTarget& target, const TableName& table) {
  const std::string name = "stream:" + target.stream;
  Parameters parameters;
  parameters.AddBytes(name);
  parameters.AddText(table.database);
  parameters.AddText(table.table);
  parameters.AddText(ToString(target.mode));
  parameters.AddText(ToString(target.kind));
  return Committed(connection,
                   {"catalogue_enter",
                    "INSERT INTO oncegate_schema (name, value) VALUES (?, JSON_OBJECT('database', "
                    "?, 'table', ?, 'dedupe', ?, 'target', ?, 'made', false))",
                    ""},
                   parameters);
}

MysqlStatus MakeTable(Connection& connection, const StreamTarget& target, const TableName& table) {
  std::string sql;
  switch (target.kind) {
    case TargetKind::kDocument:
      sql = CreateDocumentTableSql(table);
      break;
    case TargetKind::kAppend:
      sql = CreateAppendTableSql(table);
      break;
    case TargetKind::kColumns:
      break;
  }
  // Stream names are letters, digits and "_".
  return connection.Execute(sql + " COMMENT = '" + std::string(kCommentHead) + target.stream + "'");
}

MysqlStatus MarkMade(Connection& connection, const StreamTarget& target) {
  const std::string name = "stream:" + target.stream;
  Parameters parameters;
  parameters.AddBytes(name);
  return Committed(
      connection,
      {"catalogue_made",
       "UPDATE oncegate_schema SET value = JSON_SET(value, '$.made', true) WHERE name = ?", ""},
      parameters);
}

SinkStatus CreateLocked(Connection& connection, const StreamTarget& target,
                        const TableName& table) {
  const SinkResult<Progress> progress = Confirm(connection, target, table);
  if (!progress) return progress.error();
  MysqlStatus done;
  if (*progress == Progress::kNone) done = Enter(connection, target, table);
  if (done && *progress < Progress::kHasTable) done = MakeTable(connection, target, table);
  if (done && *progress < Progress::kMade) done = MarkMade(connection, target);
  if (!done) return ToSinkError(done.error());
  return {};
}

SinkStatus EndReading(Connection& connection) {
  const MysqlStatus ended = connection.Execute("ROLLBACK");
  if (!ended) return ToLedgerError(ended.error());
  return {};
}

}  // namespace

SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection) {
  auto entries = ReadEntries(connection);
  if (!entries) return entries.error();
  std::vector<StreamRecord> streams;
  for (Entry& entry : *entries) {
    const std::optional<DedupeMode> mode = ParseDedupeMode(entry.mode);
    const std::optional<TargetKind> kind = ParseTargetKind(entry.kind);
    if (!mode || !kind) {
      return Refused("the catalogue entry of stream " + InQuotes(entry.stream) +
                     " is not known to this oncegate (dedupe = " + InQuotes(entry.mode) +
                     ", target = " + InQuotes(entry.kind) +
                     "); use the oncegate that wrote it, or a newer one");
    }
    streams.push_back(
        {std::move(entry.stream), ToConfigured(entry.table, connection.database()), *mode, *kind});
  }
  if (const SinkStatus ended = EndReading(connection); !ended) return ended.error();
  return streams;
}

SinkStatus EnsureStream(Connection& connection, const StreamTarget& target) {
  if (target.kind == TargetKind::kColumns) {
    return Refused("stream " + InQuotes(target.stream) +
                   ": a sink of type \"mysql\" has no target \"columns\"; use \"document\" or "
                   "\"append\"");
  }
  const SinkResult<TableName> table = ReadTableName(target, connection.database());
  if (!table) return table.error();
  // Mostly everything is there, and no lock is needed to see that. Anything else may be the sight
  // of another instance that is just making the table, and is looked at again behind it.
  const SinkResult<Progress> progress = Confirm(connection, target, *table);
  if (!progress && progress.error().error_class != SinkErrorClass::kRefused) {
    return progress.error();
  }
  if (const SinkStatus ended = EndReading(connection); !ended) return ended.error();
  if (progress && *progress == Progress::kMade) return {};
  const SinkStatus created =
      WithCreationLock(connection, [&] { return CreateLocked(connection, target, *table); });
  if (!created) return created.error();
  return EndReading(connection);
}

}  // namespace oncegate::mysql
