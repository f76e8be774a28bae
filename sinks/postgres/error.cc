#include "sinks/postgres/error.h"

#include <algorithm>
#include <array>

namespace oncegate::postgres {
namespace {

bool IsInClass(const std::string& sqlstate, std::string_view prefix) {
  return sqlstate.starts_with(prefix);
}

template <std::size_t kSize>
bool IsOneOf(const std::string& sqlstate, const std::array<std::string_view, kSize>& states) {
  return std::find(states.begin(), states.end(), sqlstate) != states.end();
}

constexpr std::array<std::string_view, 4> kDataStates{
    "02000",  // no_data, of our own making: a trigger dropped a row.
    "44000",  // WITH CHECK OPTION of a view or a row security policy.
    "P0001",  // RAISE EXCEPTION in a trigger.
    "P0004",  // ASSERT in a trigger.
};

constexpr std::array<std::string_view, 4> kRestartStates{
    "40001",  // serialization_failure
    "40P01",  // deadlock_detected
    "55P03",  // lock_not_available
    "57014",  // query_canceled: statement_timeout, or an operator
};

constexpr std::array<std::string_view, 8> kStreamStates{
    "42P01",  // undefined_table
    "42501",  // insufficient_privilege
    "42703",  // undefined_column
    "42P10",  // invalid_column_reference: no unique key to infer the conflict from
    "42804",  // datatype_mismatch
    "42883",  // undefined_function, e.g. one that a trigger calls
    "428C9",  // generated_always
    "3F000",  // invalid_schema_name
};

}  // namespace

bool IsDataError(const PgError& error) {
  if (error.connection_lost) return false;
  return IsInClass(error.sqlstate, "22") ||  // data_exception
         IsInClass(error.sqlstate, "23") ||  // integrity_constraint_violation
         IsInClass(error.sqlstate, "54") ||  // program_limit_exceeded
         IsOneOf(error.sqlstate, kDataStates);
}

SinkErrorClass ClassOf(const PgError& error) {
  if (error.connection_lost) return SinkErrorClass::kConnection;
  if (IsOneOf(error.sqlstate, kRestartStates)) return SinkErrorClass::kRestart;
  if (IsOneOf(error.sqlstate, kStreamStates)) return SinkErrorClass::kStream;
  return SinkErrorClass::kConnection;
}

SinkError ToSinkError(const PgError& error) {
  return {ClassOf(error), error.message, error.sqlstate};
}

SinkError ToLedgerError(const PgError& error) {
  SinkError failed = ToSinkError(error);
  if (failed.error_class == SinkErrorClass::kStream) {
    failed.error_class = SinkErrorClass::kConnection;
  }
  return failed;
}

}  // namespace oncegate::postgres
