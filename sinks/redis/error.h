// What went wrong on the server or on the way to it, and what that means for the caller. Pure.
#pragma once

#include <string>
#include <string_view>

#include "dedupe/types/result.h"
#include "sinks/sink.h"

namespace oncegate::redis {

struct RedisError {
  std::string code;  // The first word of an error reply, e.g. "OOM"; empty: no reply came.
  std::string message;
  bool connection_lost = false;
};

[[noreturn]] inline void throw_exception_from_error(const RedisError& error,
                                                    const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed RedisResult: %s\n", error.message.c_str());
  std::abort();
}

/// The code where a key holds another type than a command expects.
inline constexpr std::string_view kWrongType = "WRONGTYPE";

template <typename T>
using RedisResult = boost::system::result<T, RedisError>;
using RedisStatus = RedisResult<void>;

/// The error behind the text of an error reply.
RedisError ErrorOfReply(std::string_view text);

/// An error about the sink as a whole: LOADING, READONLY, OOM, MISCONF, a lost connection and
/// everything that is not known better. What the server says of a script is not about one row.
SinkError ToSinkError(const RedisError& error);

/// The same for calls about the rows of one stream: a right or a type that is wrong there stops
/// that stream alone.
SinkError ToStreamError(const RedisError& error);

}  // namespace oncegate::redis
