// What went wrong on the server or on the way to it, and what that means for the caller. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "dedupe/types/result.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

struct MysqlError {
  std::string sqlstate;
  std::string message;     // Never holds credentials.
  std::uint32_t code = 0;  // Of the server, or of the driver (2000 and above); 0: of our own.
  bool connection_lost = false;
};

[[noreturn]] inline void throw_exception_from_error(const MysqlError& error,
                                                    const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed MysqlResult: %s\n", error.message.c_str());
  std::abort();
}

template <typename T>
using MysqlResult = boost::system::result<T, MysqlError>;
using MysqlStatus = MysqlResult<void>;

/// The server ends the session with this error, or the driver has lost it.
bool EndsSession(std::uint32_t code);

/// A unique index holds the value already.
bool IsDuplicate(const MysqlError& error);

/// The server refused the data of a row: sending the same row again can not succeed. Everything
/// that is not known to be one is systemic.
bool IsDataError(const MysqlError& error);

/// The class of an error that is not a data error of a row; one that is unknown counts as
/// kConnection.
SinkErrorClass ClassOf(const MysqlError& error);

SinkError ToSinkError(const MysqlError& error);

/// The same for statements about the ledger: what would stop one stream, were it about its table,
/// stops the sink.
SinkError ToLedgerError(const MysqlError& error);

/// The group has to begin again, for a reason of our own.
MysqlError Restart(std::string message);

}  // namespace oncegate::mysql
