#include "sinks/mysql/ledger_schema.h"

#include <array>
#include <string>
#include <string_view>

namespace oncegate::mysql {
namespace {

constexpr std::array<std::string_view, 5> kTables{
    "oncegate_schema", "oncegate_ledger", "oncegate_ids", "oncegate_dead_letters", "oncegate_rows"};

constexpr std::array<std::string_view, kTables.size()> kDefinitions{
    "name VARBINARY(255) NOT NULL, value LONGTEXT NOT NULL, PRIMARY KEY (name)",
    "stream VARBINARY(255) NOT NULL, producer VARBINARY(1024) NOT NULL, epoch BIGINT NOT NULL, "
    "state LONGBLOB NOT NULL, token VARBINARY(16) NOT NULL, updated_at DATETIME(6) NOT NULL, "
    "PRIMARY KEY (stream, producer)",
    "stream VARBINARY(255) NOT NULL, id VARBINARY(1024) NOT NULL, fingerprint VARBINARY(16) NOT "
    "NULL, committed_at DATETIME(6) NOT NULL, PRIMARY KEY (stream, id)",
    "id VARBINARY(255) NOT NULL, stream VARBINARY(255) NOT NULL, producer VARBINARY(1024), "
    "epoch BIGINT NOT NULL, seq BIGINT, event_id VARBINARY(1024), `key` VARBINARY(2048) NOT NULL, "
    "key_is_default BOOLEAN NOT NULL, op VARBINARY(16) NOT NULL, version DECIMAL(39, 0), "
    "event_time DATETIME(6), value LONGTEXT, verdict VARBINARY(64) NOT NULL, "
    "code VARBINARY(64) NOT NULL, detail LONGTEXT NOT NULL, written_at DATETIME(6) NOT NULL, "
    "PRIMARY KEY (id)",
    "stream VARBINARY(255) NOT NULL, `key` VARBINARY(2048) NOT NULL, producer VARBINARY(1024), "
    "epoch BIGINT, seq BIGINT, version DECIMAL(39, 0), deleted BOOLEAN NOT NULL, "
    "fingerprint VARBINARY(16) NOT NULL, applied_at DATETIME(6) NOT NULL, "
    "PRIMARY KEY (stream, `key`)"};

/// The lock's name is the same for databases that begin alike, which only makes them wait for each
/// other.
constexpr char kLockName[] = "CONCAT('oncegate.', LEFT(DATABASE(), 48))";
constexpr int kLockSeconds = 10;

SinkError Refused(const std::string& message) { return {SinkErrorClass::kRefused, message, ""}; }

/// Whatever keeps the ledger from being looked at or made can be mended while the service waits.
SinkError Unreachable(const MysqlError& error) {
  SinkError unreachable = ToSinkError(error);
  unreachable.error_class = SinkErrorClass::kConnection;
  return unreachable;
}

SinkError NotFlushed(const std::string& setting, std::int64_t value) {
  return Refused("the server has " + setting + " = " + std::to_string(value) +
                 " and answers a COMMIT before it is on disk, so that a crash takes events that "
                 "were answered as settled; set it to 1");
}

SinkStatus CheckServer(Connection& connection) {
  const auto settings =
      connection.Execute({"flush",
                          "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.log_bin, "
                          "@@GLOBAL.sync_binlog",
                          "iii"},
                         Parameters());
  if (!settings) return Unreachable(settings.error());
  const std::int64_t flush = settings->Integer(0, 0);
  const bool has_binary_log = settings->Integer(0, 1) != 0;
  const std::int64_t synced = settings->Integer(0, 2);
  // MariaDB's 3 flushes as 1 does, and the commit behind the binary log besides.
  if (flush == 3) return {};
  if (flush != 1) return NotFlushed("innodb_flush_log_at_trx_commit", flush);
  // With 1, only the preparation is flushed where there is a binary log, and recovery rolls back
  // what is prepared and not in that log.
  if (has_binary_log && synced != 1) return NotFlushed("sync_binlog", synced);
  return {};
}

/// True if all tables are there and usable, false if one is missing.
SinkResult<bool> CheckTables(Connection& connection) {
  const auto found = connection.Execute(
      {"ledger_tables",
       "SELECT table_name, table_type, COALESCE(engine, '') FROM information_schema.tables "
       "WHERE table_schema = DATABASE() AND table_name IN (?, ?, ?, ?, ?)",
       "bbb"},
      [] {
        Parameters names;
        for (const std::string_view table : kTables) names.AddText(table);
        return names;
      }());
  if (!found) return Unreachable(found.error());
  for (std::size_t row = 0; row < found->size(); ++row) {
    const std::string name(found->Bytes(row, 0));
    if (found->Bytes(row, 1) != "BASE TABLE") {
      return Refused(name + " is not a table; rename it, or use another database for this sink");
    }
    if (found->Bytes(row, 2) != "InnoDB") {
      return Refused(name + " has the engine " + std::string(found->Bytes(row, 2)) +
                     ", which has no transactions; run ALTER TABLE " + name + " ENGINE = InnoDB");
    }
  }
  return found->size() == kTables.size();
}

SinkStatus CheckVersion(Connection& connection) {
  const auto version = connection.Execute(
      {"schema_version", "SELECT value FROM oncegate_schema WHERE name = 'schema_version'", "b"},
      Parameters());
  if (!version) return Unreachable(version.error());
  const std::string stored = version->size() == 1 ? std::string(version->Bytes(0, 0)) : "none";
  if (stored == std::to_string(kSchemaVersion)) return {};
  return Refused("the ledger in database \"" + connection.database() + "\" has schema_version " +
                 stored + ", this oncegate knows " + std::to_string(kSchemaVersion) +
                 "; use the oncegate that wrote it, or a newer one");
}

SinkStatus Create(Connection& connection) {
  for (std::size_t i = 0; i < kTables.size(); ++i) {
    const MysqlStatus created =
        connection.Execute("CREATE TABLE IF NOT EXISTS " + std::string(kTables[i]) + " (" +
                           std::string(kDefinitions[i]) + ")" + kTableOptions);
    if (!created) return Unreachable(created.error());
  }
  for (const std::string& sql :
       {"INSERT INTO oncegate_schema (name, value) VALUES ('schema_version', '" +
            std::to_string(kSchemaVersion) + "') ON DUPLICATE KEY UPDATE name = name",
        std::string("COMMIT")}) {
    if (const MysqlStatus done = connection.Execute(sql); !done) return Unreachable(done.error());
  }
  return {};
}

SinkStatus EnsureTables(Connection& connection) {
  if (const SinkStatus usable = CheckServer(connection); !usable) return usable.error();
  SinkResult<bool> complete = CheckTables(connection);
  if (!complete) return complete.error();
  if (!*complete) {
    const SinkStatus created = WithCreationLock(connection, [&] { return Create(connection); });
    if (!created) return created.error();
    complete = CheckTables(connection);
    if (!complete) return complete.error();
  }
  return CheckVersion(connection);
}

}  // namespace

SinkStatus WithCreationLock(Connection& connection, const std::function<SinkStatus()>& create) {
  const auto locked = connection.Execute({"creation_lock",
                                          std::string("SELECT COALESCE(GET_LOCK(") + kLockName +
                                              ", " + std::to_string(kLockSeconds) + "), 0)",
                                          "i"},
                                         Parameters());
  if (!locked) return Unreachable(locked.error());
  if (locked->Integer(0, 0) != 1) {
    return SinkError{SinkErrorClass::kConnection, "another instance is creating tables", ""};
  }
  SinkStatus created = create();
  const auto released = connection.Execute(
      {"creation_unlock", std::string("SELECT COALESCE(RELEASE_LOCK(") + kLockName + "), 0)", "i"},
      Parameters());
  if (created && !released) return Unreachable(released.error());
  return created;
}

SinkStatus EnsureLedgerTables(Connection& connection) {
  const SinkStatus ensured = EnsureTables(connection);
  if (!ensured) return ensured.error();
  if (const MysqlStatus ended = connection.Execute("ROLLBACK"); !ended) {
    return Unreachable(ended.error());
  }
  return {};
}

}  // namespace oncegate::mysql
