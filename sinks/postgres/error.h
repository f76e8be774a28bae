// What went wrong on the server or on the way to it, and what that means for the caller. Pure.
#pragma once

#include <string>
#include <string_view>

#include "dedupe/types/result.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

struct PgError {
  std::string sqlstate;  // Empty: none was given (connection lost, no answer in time).
  /// The server's primary message, without DETAIL, HINT and CONTEXT (they may hold other rows'
  /// data), or libpq's message about the connection. Never holds credentials.
  std::string message;
  bool connection_lost = false;
};

[[noreturn]] inline void throw_exception_from_error(const PgError& error,
                                                    const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed PgResult: %s\n", error.message.c_str());
  std::abort();
}

template <typename T>
using PgResult = boost::system::result<T, PgError>;
using PgStatus = PgResult<void>;

/// The server refused the data of a row: sending the same row again can not succeed. Everything
/// that is not known to be one is systemic.
bool IsDataError(const PgError& error);

/// The class of an error that is not a data error of a row; one that is unknown counts as
/// kConnection.
SinkErrorClass ClassOf(const PgError& error);

SinkError ToSinkError(const PgError& error);

/// The same for statements about the ledger: what would stop one stream, were it about its table,
/// stops the sink.
SinkError ToLedgerError(const PgError& error);

}  // namespace oncegate::postgres
