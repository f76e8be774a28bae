#include "sinks/postgres/ledger_schema.h"

#include <array>
#include <string_view>

#include "sinks/common/identifier.h"

namespace oncegate::postgres {
namespace {

constexpr std::array<std::string_view, 5> kTables{
    "oncegate_schema", "oncegate_ledger", "oncegate_ids", "oncegate_dead_letters", "oncegate_rows"};

SinkError Refused(const std::string& message) { return {SinkErrorClass::kRefused, message, ""}; }

/// Whatever keeps the ledger from being looked at or made can be mended while the service waits.
SinkError Unreachable(const PgError& error) {
  SinkError unreachable = ToSinkError(error);
  unreachable.error_class = SinkErrorClass::kConnection;
  return unreachable;
}

std::string CreateTables(const std::string& schema) {
  const std::string s = QuoteIdentifier(schema) + ".";
  return "CREATE TABLE IF NOT EXISTS " + s +
         "oncegate_schema ("
         "name text COLLATE \"C\" PRIMARY KEY, "
         "value jsonb NOT NULL);"
         "CREATE TABLE IF NOT EXISTS " +
         s +
         "oncegate_ledger ("
         "stream text COLLATE \"C\" NOT NULL, "
         "producer text COLLATE \"C\" NOT NULL, "
         "epoch bigint NOT NULL, "
         "state bytea NOT NULL, "
         "token bytea NOT NULL, "
         "updated_at timestamptz NOT NULL, "
         "PRIMARY KEY (stream, producer)) WITH (fillfactor = 50);"
         "CREATE TABLE IF NOT EXISTS " +
         s +
         "oncegate_ids ("
         "stream text COLLATE \"C\" NOT NULL, "
         "id text COLLATE \"C\" NOT NULL, "
         "fingerprint bytea NOT NULL, "
         "committed_at timestamptz NOT NULL, "
         "PRIMARY KEY (stream, id));"
         "CREATE TABLE IF NOT EXISTS " +
         s +
         "oncegate_dead_letters ("
         "id text COLLATE \"C\" PRIMARY KEY, "
         "stream text COLLATE \"C\" NOT NULL, "
         "producer text COLLATE \"C\", "
         "epoch bigint NOT NULL, "
         "seq bigint, "
         "event_id text COLLATE \"C\", "
         "key text COLLATE \"C\" NOT NULL, "
         "key_is_default boolean NOT NULL, "
         "op text NOT NULL, "
         "version text, "
         "event_time timestamptz, "
         "value text, "
         "verdict text NOT NULL, "
         "code text NOT NULL, "
         "detail text NOT NULL, "
         "written_at timestamptz NOT NULL);"
         "CREATE TABLE IF NOT EXISTS " +
         s +
         "oncegate_rows ("
         "stream text COLLATE \"C\" NOT NULL, "
         "key text COLLATE \"C\" NOT NULL, "
         "producer text, "
         "epoch bigint, "
         "seq bigint, "
         "version numeric, "
         "deleted boolean NOT NULL, "
         "fingerprint bytea NOT NULL, "
         "applied_at timestamptz NOT NULL, "
         "PRIMARY KEY (stream, key));"
         "INSERT INTO " +
         s + "oncegate_schema (name, value) VALUES ('schema_version', '" +
         std::to_string(kSchemaVersion) + "') ON CONFLICT (name) DO NOTHING;";
}

/// The schema to use, after checks of the database as a whole.
SinkResult<std::string> ChooseSchema(Connection& connection, const std::string& schema) {
  const auto database =
      connection.Execute("SELECT current_setting('server_encoding'), current_schema()");
  if (!database) return Unreachable(database.error());
  if (database->At(0, 0) != "UTF8") {
    return Refused("the database has the encoding " + std::string(database->At(0, 0)) +
                   ", which can not hold every character; oncegate needs a UTF8 database");
  }
  if (!schema.empty()) return schema;
  if (database->IsNull(0, 1)) {
    return Refused(
        "no schema of the search path exists; set schema = \"…\" in the sink's configuration");
  }
  return std::string(database->At(0, 1));
}

/// True if all tables are there and usable, false if one is missing.
SinkResult<bool> CheckTables(Connection& connection, const std::string& schema) {
  std::string names;
  for (const std::string_view table : kTables) {
    if (!names.empty()) names += ", ";
    names += connection.QuoteLiteral(table);
  }
  const auto found = connection.Execute(
      "SELECT c.relname, c.relkind, c.relpersistence FROM pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " +
      connection.QuoteLiteral(schema) + " AND c.relname IN (" + names + ")");
  if (!found) return Unreachable(found.error());
  for (std::size_t row = 0; row < found->size(); ++row) {
    std::string name = QuoteIdentifier(schema);
    name.append(".").append(QuoteIdentifier(found->At(row, 0)));
    if (found->At(row, 1) != "r") {
      return Refused(name + " is not a table; rename it, or set another schema for this sink");
    }
    if (found->At(row, 2) != "p") {
      std::string advice =
          name + " is UNLOGGED, a crash of the server would empty it; run ALTER TABLE ";
      return Refused(advice.append(name).append(" SET LOGGED"));
    }
  }
  return found->size() == kTables.size();
}

SinkStatus CheckVersion(Connection& connection, const std::string& schema) {
  const auto version = connection.Execute("SELECT value::text FROM " + QuoteIdentifier(schema) +
                                          ".oncegate_schema WHERE name = 'schema_version'");
  if (!version) return Unreachable(version.error());
  const std::string stored = version->size() == 1 ? std::string(version->At(0, 0)) : "none";
  if (stored == std::to_string(kSchemaVersion)) return {};
  return Refused("the ledger in schema \"" + schema + "\" has schema_version " + stored +
                 ", this oncegate knows " + std::to_string(kSchemaVersion) +
                 "; use the oncegate that wrote it, or a newer one");
}

SinkStatus Create(Connection& connection, const std::string& schema) {
  // CREATE SCHEMA asks for a right on the database even where the schema is there.
  const auto exists = connection.Execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = " +
                                         connection.QuoteLiteral(schema));
  if (!exists) return Unreachable(exists.error());
  const std::string create_schema =
      exists->size() == 1 ? "" : "CREATE SCHEMA IF NOT EXISTS " + QuoteIdentifier(schema) + ";";
  const auto created =
      connection.Execute(std::string("BEGIN ISOLATION LEVEL READ COMMITTED;") + kLockCreation +
                         ";" + create_schema + CreateTables(schema) + "COMMIT");
  if (!created) {
    connection.Execute("ROLLBACK");
    return Unreachable(created.error());
  }
  return {};
}

}  // namespace

SinkResult<std::string> EnsureLedgerTables(Connection& connection, const std::string& schema) {
  SinkResult<std::string> chosen = ChooseSchema(connection, schema);
  if (!chosen) return chosen;
  SinkResult<bool> complete = CheckTables(connection, *chosen);
  if (!complete) return complete.error();
  if (!*complete) {
    if (const SinkStatus created = Create(connection, *chosen); !created) return created.error();
    complete = CheckTables(connection, *chosen);
    if (!complete) return complete.error();
  }
  if (const SinkStatus checked = CheckVersion(connection, *chosen); !checked) {
    return checked.error();
  }
  return chosen;
}

}  // namespace oncegate::postgres
