// The highest sequence there is, where additions would overflow.
#pragma once

#include <cstdint>
#include <limits>

namespace oncegate {

inline constexpr std::int64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();

}  // namespace oncegate
