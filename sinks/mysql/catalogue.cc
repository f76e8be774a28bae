#include "sinks/mysql/catalogue.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sinks/common/columns_shape.h"
#include "sinks/common/stream_refusals.h"
#include "sinks/mysql/columns_schema.h"
#include "sinks/mysql/document_table.h"
#include "sinks/mysql/ledger_schema.h"
#include "sinks/mysql/table_name.h"

namespace oncegate::mysql {
namespace {

constexpr std::string_view kCommentHead = "made by oncegate for stream ";

SinkError Refused(const std::string& message) { return {SinkErrorClass::kRefused, message, ""}; }

struct Entry {
  CatalogueEntry said;
  TableName table;
  bool is_made = false;
};

constexpr char kReadEntries[] =
    "SELECT SUBSTRING(name, 8), JSON_UNQUOTE(JSON_EXTRACT(value, '$.database')), "
    "JSON_UNQUOTE(JSON_EXTRACT(value, '$.table')), JSON_UNQUOTE(JSON_EXTRACT(value, '$.dedupe')), "
    "JSON_UNQUOTE(JSON_EXTRACT(value, '$.target')), "
    "COALESCE(JSON_UNQUOTE(JSON_EXTRACT(value, '$.made')), ''), "
    "COALESCE(JSON_UNQUOTE(JSON_EXTRACT(value, '$.key')), '') FROM oncegate_schema "
    "WHERE name >= 'stream:' AND name < 'stream;' ORDER BY name";

SinkResult<std::vector<Entry>> ReadEntries(Connection& connection) {
  const auto rows = connection.Execute({"catalogue", kReadEntries, "bbbbbbb"}, Parameters());
  if (!rows) return ToLedgerError(rows.error());
  std::vector<Entry> entries;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto text = [&](std::size_t column) { return std::string(rows->Bytes(row, column)); };
    const TableName table{text(1), text(2)};
    const std::string configured = ToConfigured(table, connection.database());
    entries.push_back({{text(0), configured, text(3), text(4), text(6)}, table, text(5) == "true"});
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

SinkStatus CheckEntry(const StreamTarget& target, const TableName& table, const Entry& entry) {
  const std::string why = WhyEntryDiffers(target, entry.said, entry.table == table);
  if (!why.empty()) return Refused(why);
  return {};
}

SinkStatus CheckTable(const StreamTarget& target, const std::optional<Relation>& relation) {
  if (!relation) return SinkError{SinkErrorClass::kStream, TableGoneText(target), ""};
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

/// Of the columns target: the table has what the configuration names.
SinkStatus CheckColumns(Connection& connection, const StreamTarget& target,
                        const TableName& table) {
  if (target.kind != TargetKind::kColumns) return {};
  const SinkResult<ColumnsTable> read = ReadColumnsTable(connection, target, table);
  if (!read) return read.error();
  return {};
}

/// Nobody else has entered the table, and it is as the target needs it.
SinkStatus CheckUnentered(Connection& connection, const StreamTarget& target,
                          const TableName& table, const std::optional<Relation>& relation) {
  if (target.kind != TargetKind::kColumns) {
    if (relation) return NotOurs(target);
    return {};
  }
  if (!relation || !relation->is_table) return Refused(NoTableText(target));
  if (const SinkStatus usable = CheckTable(target, relation); !usable) return usable.error();
  return CheckColumns(connection, target, table);
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
    if (entry.said.stream != target.stream) continue;
    const SinkStatus agrees = CheckEntry(target, table, entry);
    if (!agrees) return agrees.error();
    if (entry.is_made) {
      SinkStatus usable = CheckTable(target, *relation);
      if (usable) usable = CheckColumns(connection, target, table);
      if (!usable) return usable.error();
      return Progress::kMade;
    }
    if (!*relation) return Progress::kEntered;
    if ((*relation)->comment != std::string(kCommentHead) + target.stream) return NotOurs(target);
    return Progress::kHasTable;
  }
  for (const Entry& entry : *entries) {
    if (entry.table != table) continue;
    return Refused(TableTakenText(target, entry.said.stream));
  }
  const SinkStatus is_free = CheckUnentered(connection, target, table, *relation);
  if (!is_free) return is_free.error();
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
  const std::string key_columns = KeyColumnsText(target);
  // The user's table is there already.
  const bool is_made = target.kind == TargetKind::kColumns;
  Parameters parameters;
  parameters.AddBytes(name);
  parameters.AddText(table.database);
  parameters.AddText(table.table);
  parameters.AddText(ToString(target.mode));
  parameters.AddText(ToString(target.kind));
  if (is_made) parameters.AddText(key_columns);
  return Committed(
      connection,
      {is_made ? "catalogue_adopt" : "catalogue_enter",
       std::string("INSERT INTO oncegate_schema (name, value) VALUES (?, "
                   "JSON_OBJECT('database', ?, 'table', ?, 'dedupe', ?, 'target', ?, ") +
           (is_made ? "'key', ?, 'made', true))" : "'made', false))"),
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
  if (!done) return ToSinkError(done.error());
  if (target.kind == TargetKind::kColumns) return {};
  if (*progress < Progress::kHasTable) done = MakeTable(connection, target, table);
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
  const auto entries = ReadEntries(connection);
  if (!entries) return entries.error();
  std::vector<StreamRecord> streams;
  for (const Entry& entry : *entries) {
    std::optional<StreamRecord> record = RecordOf(entry.said);
    if (!record) return Refused(UnknownEntryText(entry.said));
    streams.push_back(*std::move(record));
  }
  if (const SinkStatus ended = EndReading(connection); !ended) return ended.error();
  return streams;
}

SinkStatus EnsureStream(Connection& connection, const StreamTarget& target) {
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
