// SQL identifiers. Pure.
#pragma once

#include <string>
#include <string_view>

namespace oncegate {

/// The identifier in double quotes, quotes within it doubled (SQL standard; SQLite and Postgres).
/// Precondition: no NUL.
std::string QuoteIdentifier(std::string_view identifier);

}  // namespace oncegate
