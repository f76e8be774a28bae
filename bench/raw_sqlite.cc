#include "bench/raw_sqlite.h"

#include <sqlite3.h>

#include <stdexcept>

#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

void Run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
}

sqlite3_stmt* Prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
  return statement;
}

void Step(sqlite3_stmt* statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) throw std::runtime_error("step failed");
  sqlite3_reset(statement);
}

}  // namespace

double RunRawSqlite(const std::string& path, std::uint32_t rows_per_transaction,
                    std::chrono::milliseconds duration, std::vector<double>* latencies_ms) {
  sqlite3* database = nullptr;
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) throw std::runtime_error(path);
  Run(database,
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
      "CREATE TABLE raw_rows (key TEXT NOT NULL PRIMARY KEY, producer TEXT, epoch INTEGER,"
      " seq INTEGER, id TEXT, version, event_time TEXT, deleted BOOLEAN NOT NULL,"
      " applied_at TEXT NOT NULL, value TEXT);"
      "CREATE TABLE raw_ledger (producer TEXT PRIMARY KEY, state BLOB) WITHOUT ROWID");
  sqlite3_stmt* upsert =
      Prepare(database,
              "INSERT INTO raw_rows VALUES (?1, ?2, 0, ?3, NULL, NULL, NULL, 0, ?4, ?5)"
              " ON CONFLICT (key) DO UPDATE SET producer = excluded.producer, seq = excluded.seq,"
              " applied_at = excluded.applied_at, value = excluded.value");
  sqlite3_stmt* mark = Prepare(database,
                               "INSERT INTO raw_ledger VALUES ('raw', ?1)"
                               " ON CONFLICT (producer) DO UPDATE SET state = excluded.state");
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t row = 0;
  while (std::chrono::steady_clock::now() < begun + duration) {
    const auto transaction_begun = std::chrono::steady_clock::now();
    Run(database, "BEGIN IMMEDIATE");
    for (std::uint32_t i = 0; i < rows_per_transaction; ++i, ++row) {
      const std::string key = RowKey(row);
      const std::string value = RowValue(row);
      sqlite3_bind_text(upsert, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
      sqlite3_bind_text(upsert, 2, "raw", 3, SQLITE_STATIC);
      sqlite3_bind_int64(upsert, 3, static_cast<std::int64_t>(row));
      sqlite3_bind_text(upsert, 4, "2026-01-31T12:00:00Z", 20, SQLITE_STATIC);
      sqlite3_bind_text(upsert, 5, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
      Step(upsert);
    }
    sqlite3_bind_int64(mark, 1, static_cast<std::int64_t>(row));
    Step(mark);
    Run(database, "COMMIT");
    if (latencies_ms != nullptr) {
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - transaction_begun;
      latencies_ms->push_back(took.count());
    }
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  sqlite3_finalize(upsert);
  sqlite3_finalize(mark);
  sqlite3_close(database);
  return static_cast<double>(row) / seconds;
}

}  // namespace oncegate::bench
