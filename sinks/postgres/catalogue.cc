#include "sinks/postgres/catalogue.h"

#include <optional>
#include <string_view>
#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/postgres/append_table.h"
#include "sinks/postgres/columns_schema.h"
#include "sinks/postgres/document_table.h"
#include "sinks/postgres/ledger_schema.h"
#include "sinks/postgres/table_name.h"

namespace oncegate::postgres {
namespace {

std::string InQuotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

SinkError Refused(const std::string& message) { return {SinkErrorClass::kRefused, message, ""}; }

/// A catalogue entry as it reads.
struct Entry {
  std::string stream;
  TableName table;
  std::string mode;
  std::string kind;
  std::string key_columns;  // See KeyColumnsText.
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
    entries.push_back({std::string(rows->At(row, 0)),
                       {std::string(rows->At(row, 1)), std::string(rows->At(row, 2))},
                       std::string(rows->At(row, 3)),
                       std::string(rows->At(row, 4)),
                       std::string(rows->At(row, 5))});
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

SinkStatus CheckEntry(const StreamTarget& target, const TableName& table, const Entry& entry,
                      const std::string& schema) {
  const auto contradiction = [&](std::string_view what, std::string_view was, std::string_view is) {
    return Refused("stream " + InQuotes(target.stream) + " was written with " + std::string(what) +
                   " = " + InQuotes(was) + ", the configuration says " + InQuotes(is) +
                   "; go back to " + InQuotes(was) + ", or give the new setting a new stream");
  };
  if (entry.table != table) {
    return contradiction("table", ToConfigured(entry.table, schema), target.table);
  }
  if (entry.mode != ToString(target.mode)) {
    return contradiction("dedupe", entry.mode, ToString(target.mode));
  }
  if (entry.kind != ToString(target.kind)) {
    return contradiction("target", entry.kind, ToString(target.kind));
  }
  if (entry.key_columns != KeyColumnsText(target)) {
    return contradiction("key_columns", entry.key_columns, KeyColumnsText(target));
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
    if (entry.stream != target.stream) continue;
    if (const SinkStatus agrees = CheckEntry(target, table, entry, schema); !agrees) {
      return agrees.error();
    }
    if (const SinkStatus usable = CheckTable(target, *relation); !usable) return usable.error();
    if (const SinkStatus fits = CheckColumns(connection, target, table); !fits) return fits.error();
    return true;
  }
  if (!entries->empty()) {
    return Refused("table " + InQuotes(target.table) + " already belongs to stream " +
                   InQuotes(entries->front().stream) + "; stream " + InQuotes(target.stream) +
                   " needs a table of its own");
  }
  if (target.kind != TargetKind::kColumns) {
    if (*relation) return NotOurs(target);
    return false;
  }
  if (!*relation || !(*relation)->is_table) {
    return Refused("there is no table " + InQuotes(target.table) + " for stream " +
                   InQuotes(target.stream) +
                   "; target = \"columns\" writes to a table that exists: create it");
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
  for (Entry& entry : *entries) {
    const std::optional<DedupeMode> mode = ParseDedupeMode(entry.mode);
    const std::optional<TargetKind> kind = ParseTargetKind(entry.kind);
    if (!mode || !kind) {
      return Refused("the catalogue entry of stream " + InQuotes(entry.stream) +
                     " is not known to this oncegate (dedupe = " + InQuotes(entry.mode) +
                     ", target = " + InQuotes(entry.kind) +
                     "); use the oncegate that wrote it, or a newer one");
    }
    streams.push_back({std::move(entry.stream), ToConfigured(entry.table, schema), *mode, *kind});
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
