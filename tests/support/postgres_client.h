// PostgresClient: one plain connection of a test, for looking at a database and for standing in the
// way of others (an open transaction that holds locks). Used by one thread at a time. Every failure
// throws std::runtime_error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace oncegate::test {

class PostgresClient {
 public:
  using Row = std::vector<std::optional<std::string>>;

  explicit PostgresClient(const std::string& url);

  /// Runs SQL, several commands outside a transaction as one; gives the rows of the last one.
  std::vector<Row> Query(const std::string& sql);
  /// One statement with parameters $1 …, as text.
  std::vector<Row> Query(const std::string& sql, const std::vector<std::string>& parameters);
  /// The only field of the only row.
  std::string QueryValue(const std::string& sql);

 private:
  struct Close {
    void operator()(pg_conn* handle) const;
  };
  std::unique_ptr<pg_conn, Close> handle_;
};

}  // namespace oncegate::test
