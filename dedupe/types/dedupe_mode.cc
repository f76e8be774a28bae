#include "dedupe/types/dedupe_mode.h"

#include <array>
#include <utility>

namespace oncegate {
namespace {

constexpr std::array<std::pair<DedupeMode, std::string_view>, 6> kNames{{
    {DedupeMode::kWindow, "window"},
    {DedupeMode::kStrict, "strict"},
    {DedupeMode::kMonotonic, "monotonic"},
    {DedupeMode::kId, "id"},
    {DedupeMode::kVersion, "version"},
    {DedupeMode::kOff, "off"},
}};

}  // namespace

std::string_view ToString(DedupeMode mode) {
  for (const auto& [value, name] : kNames) {
    if (value == mode) return name;
  }
  return "";
}

std::optional<DedupeMode> ParseDedupeMode(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace oncegate
