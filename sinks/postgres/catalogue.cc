#include "sinks/postgres/catalogue.h"

#include <optional>
#include <string_view>
#include <utility>

#include "sinks/common/columns_shape.h"
#include "sinks/common/identifier.h"
#include "sinks/common/stream_refusals.h"
#include "sinks/postgres/append_table.h"
#include "sinks/postgres/columns_schema.h"
#include "sinks/postgres/document_table.h"
#include "sinks/postgres/ledger_schema.h"
#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {
namespace {

SinkError Refused(const std::string& message) { return {SinkErrorClass::kRefused, message, ""}; }

struct Entry {
  CatalogueEntry said;
  TableName table;
};

SinkResult<std::vector<Entry>> ReadEntries(Connection& connection, const std::string& schema,
                                           const std::string& condition) {
  const auto rows = connection.Execute(
      "SELECT substr(name, 8), value->>'schema', value->>'table', value->>'dedupe', "
      "value->>'target', coalesce(value->>'key', '') FROM " +
      QuoteIdentifier(schema) + ".oncegate_schema WHERE starts_with(name, 'stream:') AND (" +
      condition + ") ORDER BY name");
  if (!rows) return ToLedgerError(rows.error());
  std::vector<Entry> entries;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto text = [&](std::size_t column) { return std::string(rows->At(row, column)); };
    const TableName table{text(1), text(2)};
    entries.push_back({{text(0), ToConfigured(table, schema), text(3), text(4), text(5)}, table});
  }
  return entries;
}

/// What stands in the database under the name of the table.
struct Relation {
  bool is_table = false;
  bool is_crash_safe = false;
};

SinkResult<std::optional<Relation>> FindRelation(Connection& connection, const TableName& table) {
  const auto rows = connection.Execute(
      "SELECT c.relkind IN ('r', 'p'), c.relpersistence = 'p' FROM pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " +
      connection.QuoteLiteral(table.schema) +
      " AND c.relname = " + connection.QuoteLiteral(table.table));
  if (!rows) return ToLedgerError(rows.error());
  if (rows->size() == 0) return std::optional<Relation>();
  return std::optional<Relation>({rows->At(0, 0) == "t", rows->At(0, 1) == "t"});
}

SinkResult<TableName> ReadTableName(const StreamTarget& target, const std::string& schema) {
  const auto table = ParseTableName(target.table, schema);
  if (!table) {
    return Refused("stream " + InQuotes(target.stream) + ": " + InQuotes(target.table) +
                   " is no table name; write \"table\" or \"schema.table\", each part of 1 to 63 "
                   "bytes");
  }
  if (table->table.starts_with("oncegate_")) {
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
  if (!relation->is_crash_safe) {
    return Refused("table " + InQuotes(target.table) + " of stream " + InQuotes(target.stream) +
                   " is UNLOGGED, a crash of the server would empty it; run ALTER TABLE … SET "
                   "LOGGED");
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
  const SinkResult<ColumnsShape> shape = ReadShape(connection, target, table);
  if (!shape) return shape.error();
  return {};
}

/// Reads the entry and confirms that it agrees. False: the stream is not entered, and nothing
/// stands in its way.
SinkResult<bool> Confirm(Connection& connection, const std::string& schema,
                         const StreamTarget& target, const TableName& table) {
  const std::string of_stream = "name = " + connection.QuoteLiteral("stream:" + target.stream);
  const std::string of_table = "value->>'schema' = " + connection.QuoteLiteral(table.schema) +
                               " AND value->>'table' = " + connection.QuoteLiteral(table.table);
  const auto entries = ReadEntries(connection, schema, of_stream + " OR (" + of_table + ")");
  if (!entries) return entries.error();
  const auto relation = FindRelation(connection, table);
  if (!relation) return relation.error();
  for (const Entry& entry : *entries) {
    if (entry.said.stream != target.stream) continue;
    if (const SinkStatus agrees = CheckEntry(target, table, entry); !agrees) {
      return agrees.error();
    }
    if (const SinkStatus usable = CheckTable(target, *relation); !usable) return usable.error();
    if (const SinkStatus fits = CheckColumns(connection, target, table); !fits) return fits.error();
    return true;
  }
  if (!entries->empty()) {
    return Refused(TableTakenText(target, entries->front().said.stream));
  }
  if (target.kind != TargetKind::kColumns) {
    if (*relation) return NotOurs(target);
    return false;
  }
  if (!*relation || !(*relation)->is_table) {
    return Refused(NoTableText(target));
  }
  if (const SinkStatus usable = CheckTable(target, *relation); !usable) return usable.error();
  if (const SinkStatus fits = CheckColumns(connection, target, table); !fits) return fits.error();
  return false;
}

/// Empty where the table is the user's.
std::string CreateTableSql(TargetKind kind, const TableName& table) {
  switch (kind) {
    case TargetKind::kDocument:
      return CreateDocumentTableSql(table) + ";";
    case TargetKind::kAppend:
      return CreateAppendTableSql(table) + ";";
    case TargetKind::kColumns:
      break;
  }
  return "";
}

SinkStatus Create(Connection& connection, const std::string& schema, const StreamTarget& target,
                  const TableName& table) {
  const auto text = [&](std::string_view value) {
    return connection.QuoteLiteral(value) + "::text";
  };
  const std::string key_columns = KeyColumnsText(target);
  const std::string key = key_columns.empty() ? "" : ", 'key', " + text(key_columns);
  const auto created = connection.Execute(
      CreateTableSql(target.kind, table) + "INSERT INTO " + QuoteIdentifier(schema) +
      ".oncegate_schema (name, value) VALUES (" + text("stream:" + target.stream) +
      ", jsonb_build_object('schema', " + text(table.schema) + ", 'table', " + text(table.table) +
      ", 'dedupe', " + text(ToString(target.mode)) + ", 'target', " + text(ToString(target.kind)) +
      key + "))");
  if (created) return {};
  const std::string& sqlstate = created.error().sqlstate;
  // duplicate_table, duplicate_object: made by somebody who does not take our lock, or a type.
  if (sqlstate == "42P07" || sqlstate == "42710") return NotOurs(target);
  return ToSinkError(created.error());
}

SinkStatus CreateLocked(Connection& connection, const std::string& schema,
                        const StreamTarget& target, const TableName& table) {
  if (const auto locked = connection.Execute(kLockCreation); !locked) {
    return ToSinkError(locked.error());
  }
  const SinkResult<bool> confirmed = Confirm(connection, schema, target, table);
  if (!confirmed) return confirmed.error();
  if (*confirmed) return {};
  return Create(connection, schema, target, table);
}

}  // namespace

SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection,
                                                  const std::string& schema) {
  auto entries = ReadEntries(connection, schema, "true");
  if (!entries) return entries.error();
  std::vector<StreamRecord> streams;
  for (const Entry& entry : *entries) {
    std::optional<StreamRecord> record = RecordOf(entry.said);
    if (!record) return Refused(UnknownEntryText(entry.said));
    streams.push_back(*std::move(record));
  }
  return streams;
}

SinkStatus EnsureStream(Connection& connection, const std::string& schema,
                        const StreamTarget& target) {
  const SinkResult<TableName> table = ReadTableName(target, schema);
  if (!table) return table.error();
  // Mostly everything is there, and no lock is needed to see that. Anything else may be the sight
  // of another instance that is just making the table, and is looked at again behind it.
  const SinkResult<bool> confirmed = Confirm(connection, schema, target, *table);
  if (confirmed && *confirmed) return {};
  if (!confirmed && confirmed.error().error_class != SinkErrorClass::kRefused) {
    return confirmed.error();
  }
  if (const auto begun = connection.Execute("BEGIN ISOLATION LEVEL READ COMMITTED"); !begun) {
    return ToSinkError(begun.error());
  }
  SinkStatus created = CreateLocked(connection, schema, target, *table);
  const auto ended = connection.Execute(created ? "COMMIT" : "ROLLBACK");
  if (created && !ended) return ToSinkError(ended.error());
  if (created && ended->CommandTag() != "COMMIT") {
    return SinkError{SinkErrorClass::kRestart, "creating the table was rolled back", ""};
  }
  return created;
}

}  // namespace oncegate::postgres
