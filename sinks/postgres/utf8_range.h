// The range of UTF-8 texts that begin with a prefix, in byte order. Pure.
#pragma once

#include <string>
#include <string_view>

namespace oncegate::postgres {

/// The least UTF-8 text above all that begin with `prefix`; empty where there is none.
/// Precondition: valid UTF-8.
std::string EndOfPrefix(std::string_view prefix);

}  // namespace oncegate::postgres
