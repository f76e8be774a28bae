#include "tests/support/postgres_client.h"

#include <libpq-fe.h>

#include <stdexcept>

namespace oncegate::test {
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

std::vector<PostgresClient::Row> RowsOf(PGconn* handle, const Result& result,
                                        const std::string& sql) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(handle));
  }
  std::vector<PostgresClient::Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      std::optional<std::string> field;
      if (PQgetisnull(result.get(), row, column) == 0) {
        field = PQgetvalue(result.get(), row, column);
      }
      rows[static_cast<std::size_t>(row)].push_back(std::move(field));
    }
  }
  return rows;
}

}  // namespace

void PostgresClient::Close::operator()(pg_conn* handle) const { PQfinish(handle); }

PostgresClient::PostgresClient(const std::string& url) : handle_(PQconnectdb(url.c_str())) {
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(handle_.get()));
  }
  Query("SET client_min_messages = warning");
}

std::vector<PostgresClient::Row> PostgresClient::Query(const std::string& sql) {
  const Result result(PQexec(handle_.get(), sql.c_str()), &PQclear);
  return RowsOf(handle_.get(), result, sql);
}

std::vector<PostgresClient::Row> PostgresClient::Query(const std::string& sql,
                                                       const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  const Result result(PQexecParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()),
                                   nullptr, values.data(), nullptr, nullptr, 0),
                      &PQclear);
  return RowsOf(handle_.get(), result, sql);
}

std::string PostgresClient::QueryValue(const std::string& sql) {
  const std::vector<Row> rows = Query(sql);
  if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0]) {
    throw std::runtime_error("not one value: " + sql);
  }
  return *rows[0][0];
}

}  // namespace oncegate::test
