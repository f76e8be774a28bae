// MariadbClient: one plain connection of a test, for looking at a database and for standing in the
// way of others (an open transaction that holds locks). Identifiers may stand in double quotes.
// Used by one thread at a time. Every failure throws std::runtime_error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct st_mysql;

namespace oncegate::test {

class MariadbClient {
 public:
  using Row = std::vector<std::optional<std::string>>;

  /// `database` empty: none.
  MariadbClient(std::uint16_t port, const std::string& database);

  /// Runs one statement; gives its rows.
  std::vector<Row> Query(const std::string& sql);
  /// The only field of the only row.
  std::string QueryValue(const std::string& sql);
  /// As a string constant of SQL.
  std::string Quote(const std::string& text) const;

 private:
  struct Close {
    void operator()(st_mysql* handle) const;
  };
  std::unique_ptr<st_mysql, Close> handle_;
};

}  // namespace oncegate::test
