// Date and time as RFC 3339 writes them.
#pragma once

#include <optional>
#include <string_view>

#include "dedupe/types/identity.h"

namespace oncegate {

/// Null if `text` is no RFC 3339 date-time, or lies outside the years 0001 to 9999, as
/// written or in UTC. Digits
/// beyond microseconds are cut off. A leap second (23:59:60 UTC at the end of a month) counts as
/// the first second of the next day, as in POSIX time.
std::optional<WallTime> ParseRfc3339(std::string_view text);

}  // namespace oncegate
