#include "tests/unit/sinks/sqlite/sqlite_fixture.h"

#include <sqlite3.h>

#include <stdexcept>

#include "sinks/common/identifier.h"
#include "sinks/sqlite/sqlite_sink.h"

namespace oncegate::sqlite {
namespace {

std::optional<std::string> TextAt(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
}

std::optional<std::int64_t> IntegerAt(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(row, column);
}

/// Microseconds since 1970 of the text in a column, by SQLite's own date functions.
std::string MicrosecondsOf(const std::string& column) {
  return "unixepoch(substr(" + column + ", 1, 19)) * 1000000 + substr(" + column + ", 21, 6)";
}

}  // namespace

std::unique_ptr<Sink> MakeSink(const std::filesystem::path& data_dir) {
  SinkOptions options;
  options.name = "main";
  options.type = "sqlite";
  options.data_dir = data_dir;
  options.request_timeout = std::chrono::seconds(10);
  auto sink = kSqliteSinkType.make(options);
  if (!sink) throw std::runtime_error(sink.error().message);
  return std::move(*sink);
}

std::unique_ptr<Sink> SqliteFixture::NewSink() { return MakeSink(folder_.path()); }

PlainDatabase& SqliteFixture::database() {
  if (!database_) database_ = std::make_unique<PlainDatabase>(folder_.path() / "sink.sqlite");
  return *database_;
}

void SqliteFixture::Execute(const std::string& sql) { database().Execute(sql); }

std::int64_t SqliteFixture::SqlCount(const std::string& query) { return database().Count(query); }

std::optional<conformance::TableRow> SqliteFixture::StoredRow(const std::string& table,
                                                              const std::string& key) {
  std::optional<conformance::TableRow> found;
  database().Select("SELECT value, producer, epoch, seq, id, ltrim(version, '0'), version, " +
                        MicrosecondsOf("event_time") + ", deleted, " +
                        MicrosecondsOf("applied_at") + " FROM " + QuoteIdentifier(table) +
                        " WHERE key = ?1",
                    {key}, [&](sqlite3_stmt* row) {
                      conformance::TableRow stored;
                      stored.value = TextAt(row, 0);
                      stored.producer = TextAt(row, 1);
                      stored.epoch = IntegerAt(row, 2);
                      stored.sequence = IntegerAt(row, 3);
                      stored.id = TextAt(row, 4);
                      stored.version = IntegerAt(row, 6) == 0 ? TextAt(row, 6) : TextAt(row, 5);
                      stored.event_time = IntegerAt(row, 7);
                      stored.deleted = sqlite3_column_int(row, 8) != 0;
                      stored.applied_at = IntegerAt(row, 9);
                      found = std::move(stored);
                    });
  return found;
}

void SqliteFixture::RefuseMarkedValues(const std::string& table) {
  for (const std::string event : {"INSERT", "UPDATE"}) {
    Execute("CREATE TRIGGER " + QuoteIdentifier(table + "_refuse_" + event) + " BEFORE " + event +
            " ON " + QuoteIdentifier(table) +
            " WHEN NEW.value = '\"refused\"' BEGIN SELECT RAISE(ABORT, 'not here'); END");
  }
}

void SqliteFixture::AcceptMarkedValues(const std::string& table) {
  for (const std::string event : {"INSERT", "UPDATE"}) {
    Execute("DROP TRIGGER " + QuoteIdentifier(table + "_refuse_" + event));
  }
}

}  // namespace oncegate::sqlite
