// PlainDatabase: a database as a person or another program sees it, by SQL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace oncegate::sqlite {

class PlainDatabase {
 public:
  explicit PlainDatabase(const std::filesystem::path& path);
  ~PlainDatabase();
  PlainDatabase(const PlainDatabase&) = delete;
  PlainDatabase& operator=(const PlainDatabase&) = delete;

  /// All verbs throw std::runtime_error with SQLite's message.
  void Execute(const std::string& sql);
  std::int64_t Count(const std::string& query);
  std::string Text(const std::string& query);
  /// Calls `read` for every row; parameters are bound as text.
  void Select(const std::string& query, const std::vector<std::string>& parameters,
              const std::function<void(sqlite3_stmt*)>& read);

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace oncegate::sqlite
