#include "sinks/postgres/driver_result.h"

#include <libpq-fe.h>

namespace oncegate::postgres {
namespace {

std::string Field(const PGresult* result, int field) {
  return Trimmed(PQresultErrorField(result, field));
}

}  // namespace

std::string Trimmed(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

PgError ErrorOf(const pg_result* result) {
  std::string message = Field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = Trimmed(PQresultErrorMessage(result));
  return {Field(result, PG_DIAG_SQLSTATE), message, false};
}

bool EndsSession(const pg_result* result) {
  const std::string severity = SeverityOf(result);
  return severity == "FATAL" || severity == "PANIC";
}

std::string SeverityOf(const pg_result* result) {
  return Field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
}

}  // namespace oncegate::postgres
