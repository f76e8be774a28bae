#include "sinks/sqlite/schema.h"

#include <sqlite3.h>

#include <charconv>
#include <optional>
#include <string>

namespace oncegate::sqlite {
namespace {

constexpr char kCreateCatalogue[] =
    "CREATE TABLE IF NOT EXISTS oncegate_schema (\n"
    "  name TEXT NOT NULL PRIMARY KEY,\n"
    "  value TEXT NOT NULL\n"
    ") WITHOUT ROWID";

constexpr char kCreateLedger[] =
    "CREATE TABLE IF NOT EXISTS oncegate_ledger (\n"
    "  stream TEXT NOT NULL,\n"
    "  producer TEXT NOT NULL,\n"
    "  epoch INTEGER NOT NULL,\n"
    "  state BLOB NOT NULL,\n"
    "  token BLOB NOT NULL,\n"
    "  updated_at INTEGER NOT NULL, -- microseconds since 1970\n"
    "  PRIMARY KEY (stream, producer)\n"
    ") WITHOUT ROWID";

constexpr char kCreateIds[] =
    "CREATE TABLE IF NOT EXISTS oncegate_ids (\n"
    "  stream TEXT NOT NULL,\n"
    "  id TEXT NOT NULL,\n"
    "  fingerprint BLOB NOT NULL,\n"
    "  committed_at INTEGER NOT NULL, -- microseconds since 1970\n"
    "  PRIMARY KEY (stream, id)\n"
    ") WITHOUT ROWID";

constexpr char kCreateDeadLetters[] =
    "CREATE TABLE IF NOT EXISTS oncegate_dead_letters (\n"
    "  id TEXT NOT NULL PRIMARY KEY,\n"
    "  stream TEXT NOT NULL,\n"
    "  producer TEXT,\n"
    "  epoch INTEGER NOT NULL,\n"
    "  seq INTEGER,\n"
    "  event_id TEXT,\n"
    "  \"key\" TEXT NOT NULL,\n"
    "  key_is_default INTEGER NOT NULL,\n"
    "  op TEXT NOT NULL,\n"
    "  version TEXT,\n"
    "  event_time INTEGER, -- microseconds since 1970\n"
    "  value TEXT,\n"
    "  verdict TEXT NOT NULL,\n"
    "  code TEXT NOT NULL,\n"
    "  detail TEXT NOT NULL,\n"
    "  written_at INTEGER NOT NULL -- microseconds since 1970\n"
    ")";

constexpr char kCreateRows[] =
    "CREATE TABLE IF NOT EXISTS oncegate_rows (\n"
    "  stream TEXT NOT NULL,\n"
    "  key TEXT NOT NULL,\n"
    "  producer TEXT,\n"
    "  epoch INTEGER,\n"
    "  seq INTEGER,\n"
    "  version, -- an integer; beyond 2^63-1 text of 39 digits, which sorts behind all integers\n"
    "  deleted BOOLEAN NOT NULL,\n"
    "  fingerprint BLOB NOT NULL,\n"
    "  applied_at INTEGER NOT NULL, -- microseconds since 1970\n"
    "  PRIMARY KEY (stream, key)\n"
    ") WITHOUT ROWID";

SinkResult<std::optional<std::string>> StoredVersion(Connection& connection) {
  SinkResult<Statement> exists =
      connection.Prepare("SELECT 1 FROM sqlite_schema WHERE name = 'oncegate_schema'");
  if (!exists) return exists.error();
  int code = exists->Step();
  if (code == SQLITE_DONE) return std::optional<std::string>();
  if (code != SQLITE_ROW) return connection.Fail(code, "looking for the ledger");
  SinkResult<Statement> select =
      connection.Prepare("SELECT value FROM oncegate_schema WHERE name = 'schema_version'");
  if (!select) return select.error();
  code = select->Step();
  if (code == SQLITE_DONE) return std::optional<std::string>();
  if (code != SQLITE_ROW) return connection.Fail(code, "reading the version of the ledger");
  return std::optional<std::string>(select->Text(0));
}

SinkStatus CheckVersion(const Connection& connection, const std::string& stored) {
  int version = 0;
  const char* const end = stored.data() + stored.size();
  const auto [rest, error] = std::from_chars(stored.data(), end, version);
  if (error == std::errc{} && rest == end && version == kSchemaVersion) return {};
  return connection.Refuse(SinkErrorClass::kRefused,
                           "its ledger has schema_version " + stored + ", this oncegate knows " +
                               std::to_string(kSchemaVersion) +
                               "; use the oncegate that wrote it, or a newer one");
}

}  // namespace

SinkStatus EnsureLedgerTables(Connection& connection) {
  // Mostly everything is there, and no lock is needed to see that.
  SinkResult<std::optional<std::string>> stored = StoredVersion(connection);
  if (!stored) return stored.error();
  if (*stored) {
    if (SinkStatus checked = CheckVersion(connection, **stored); !checked) return checked;
  }
  return InTransaction(connection, [&]() -> SinkStatus {
    for (const char* sql :
         {kCreateCatalogue, kCreateLedger, kCreateIds, kCreateDeadLetters, kCreateRows}) {
      if (SinkStatus done = connection.Execute(sql, "creating the ledger"); !done) return done;
    }
    stored = StoredVersion(connection);
    if (!stored) return stored.error();
    if (*stored) return CheckVersion(connection, **stored);
    return connection.Execute(
        "INSERT INTO oncegate_schema (name, value) VALUES ('schema_version', '" +
            std::to_string(kSchemaVersion) + "')",
        "writing the version of the ledger");
  });
}

}  // namespace oncegate::sqlite
