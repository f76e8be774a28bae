// Connection strings of libpq: parsing and writing. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace oncegate::postgres {

/// Keyword -> value, e.g. "host" -> "127.0.0.1".
using Conninfo = std::map<std::string, std::string>;

/// A postgresql:// URI or a keyword string. Empty where libpq can not read it (its message repeats
/// the string, password included, and is therefore dropped).
std::optional<Conninfo> ParseConninfo(const std::string& text);

/// A keyword string that ParseConninfo reads back as the same.
std::string FormatConninfo(const Conninfo& conninfo);

}  // namespace oncegate::postgres
