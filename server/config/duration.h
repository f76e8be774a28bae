// Durations as people write them: 250ms, 10s, 30m, 720h, 7d.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate {

/// One whole number and one unit; nullopt for anything else, or beyond 100 years.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);

/// In the largest unit up to hours that keeps it whole; ParseDuration reads it back.
std::string ToText(std::chrono::milliseconds duration);

}  // namespace oncegate
