#include "tests/unit/sinks/sqlite/plain_database.h"

#include <sqlite3.h>

#include <stdexcept>

namespace oncegate::sqlite {

PlainDatabase::PlainDatabase(const std::filesystem::path& path) {
  if (sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                      nullptr) != SQLITE_OK) {
    throw std::runtime_error("can not open " + path.string());
  }
  sqlite3_busy_timeout(database_, 10'000);
}

PlainDatabase::~PlainDatabase() { sqlite3_close(database_); }

void PlainDatabase::Execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_));
  }
}

void PlainDatabase::Select(const std::string& query, const std::vector<std::string>& parameters,
                           const std::function<void(sqlite3_stmt*)>& read) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(database_, query.c_str(), -1, &statement, nullptr);
  for (std::size_t i = 0; code == SQLITE_OK && i < parameters.size(); ++i) {
    code = sqlite3_bind_text(statement, static_cast<int>(i) + 1, parameters[i].data(),
                             static_cast<int>(parameters[i].size()), SQLITE_STATIC);
  }
  if (code == SQLITE_OK) {
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) read(statement);
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) throw std::runtime_error(query + ": " + sqlite3_errmsg(database_));
}

std::int64_t PlainDatabase::Count(const std::string& query) {
  std::int64_t count = 0;
  Select(query, {}, [&](sqlite3_stmt* row) { count = sqlite3_column_int64(row, 0); });
  return count;
}

std::string PlainDatabase::Text(const std::string& query) {
  std::string text;
  Select(query, {}, [&](sqlite3_stmt* row) {
    const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(row, 0));
    text.assign(bytes == nullptr ? "" : bytes);
  });
  return text;
}

}  // namespace oncegate::sqlite
