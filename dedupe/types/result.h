// Result<T>: a value or an Error. Operating errors travel as values; exceptions of libraries are
// caught in the adapter that called the library.
#pragma once

#include <boost/system/result.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

namespace oncegate {

/// What went wrong, for a person: names what, where and what to do. Never holds payloads or
/// secrets.
struct Error {
  std::string message;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  std::fprintf(stderr, "value() of a failed Result: %s\n", error.message.c_str());
  std::abort();
}

template <typename T>
using Result = boost::system::result<T, Error>;

using Status = Result<void>;

inline Status Ok() { return {}; }

}  // namespace oncegate
