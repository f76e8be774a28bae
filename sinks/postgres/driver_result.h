// What a result of the driver says about a failure. Pure.
#pragma once

#include <string>

#include "sinks/postgres/error.h"

struct pg_result;

namespace oncegate::postgres {

/// A message of the driver without the line end; empty for null.
std::string Trimmed(const char* message);

/// Precondition: the result is a failure.
PgError ErrorOf(const pg_result* result);

/// The server ends the session with it.
bool EndsSession(const pg_result* result);

/// The severity in English, e.g. "WARNING".
std::string SeverityOf(const pg_result* result);

}  // namespace oncegate::postgres
