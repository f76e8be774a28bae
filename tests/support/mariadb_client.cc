#include "tests/support/mariadb_client.h"

#include <mysql.h>

#include <stdexcept>

#include "tests/support/mariadb_server.h"

namespace oncegate::test {

void MariadbClient::Close::operator()(st_mysql* handle) const { mysql_close(handle); }

MariadbClient::MariadbClient(std::uint16_t port, const std::string& database)
    : handle_(mysql_init(nullptr)) {
  const unsigned protocol = MYSQL_PROTOCOL_TCP;
  mysql_optionsv(handle_.get(), MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(handle_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(handle_.get(), "127.0.0.1", kMariadbUser, "", database.c_str(), port,
                         nullptr, 0) == nullptr) {
    throw std::runtime_error(mysql_error(handle_.get()));
  }
  Query("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'");
}

std::vector<MariadbClient::Row> MariadbClient::Query(const std::string& sql) {
  if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) {
    throw std::runtime_error(sql + ": " + mysql_error(handle_.get()));
  }
  const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result(mysql_store_result(handle_.get()),
                                                                &mysql_free_result);
  std::vector<Row> rows;
  if (result == nullptr) {
    if (mysql_errno(handle_.get()) == 0) return rows;
    throw std::runtime_error(sql + ": " + mysql_error(handle_.get()));
  }
  const unsigned columns = mysql_num_fields(result.get());
  while (const MYSQL_ROW fields = mysql_fetch_row(result.get())) {
    const unsigned long* const sizes = mysql_fetch_lengths(result.get());
    Row& row = rows.emplace_back(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (fields[i] != nullptr) row[i] = std::string(fields[i], sizes[i]);
    }
  }
  return rows;
}

std::string MariadbClient::QueryValue(const std::string& sql) {
  const std::vector<Row> rows = Query(sql);
  if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0]) {
    throw std::runtime_error("not one value: " + sql);
  }
  return *rows[0][0];
}

std::string MariadbClient::Quote(const std::string& text) const {
  std::string quoted(2 * text.size() + 1, '\0');
  quoted.resize(mysql_real_escape_string(handle_.get(), quoted.data(), text.data(), text.size()));
  return "'" + quoted + "'";
}

}  // namespace oncegate::test
