#include "server/config/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace oncegate {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::int64_t kDayMilliseconds = 86'400'000;
constexpr std::int64_t kMillisecondsMax = 36'525 * kDayMilliseconds;
constexpr std::array<Unit, 5> kUnits{
    {{"d", kDayMilliseconds}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [unit_begin, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view name(unit_begin, static_cast<std::size_t>(end - unit_begin));
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    if (number > kMillisecondsMax / unit.milliseconds) return std::nullopt;
    return std::chrono::milliseconds(number * unit.milliseconds);
  }
  return std::nullopt;
}

std::string ToText(std::chrono::milliseconds duration) {
  for (const Unit& unit : kUnits) {
    if (unit.name == "d" || duration.count() % unit.milliseconds != 0) continue;
    return std::to_string(duration.count() / unit.milliseconds) + std::string(unit.name);
  }
  return std::to_string(duration.count()) + "ms";
}

}  // namespace oncegate
