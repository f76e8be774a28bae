#include "sinks/common/options.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace oncegate {

void CheckKnownSettings(const SinkOptions& options, std::initializer_list<std::string_view> known,
                        std::vector<OptionFault>* faults) {
  std::string names;
  for (const std::string_view name : known) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  for (const auto& [key, value] : options.settings) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    faults->push_back({key, "unknown setting of a sink of type \"" + options.type +
                                "\"; known are type, lanes, " + names});
  }
}

std::optional<std::string_view> FindSetting(const SinkOptions& options, std::string_view key) {
  const auto found = options.settings.find(std::string(key));
  if (found == options.settings.end()) return std::nullopt;
  return found->second;
}

namespace {

/// The integer of a setting, where it is one within the range.
std::optional<std::int64_t> ReadInteger(std::string_view text, IntegerRange range) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const bool holds =
      error == std::errc{} && rest == end && number >= range.least && number <= range.most;
  return holds ? std::optional(number) : std::nullopt;
}

}  // namespace

std::chrono::milliseconds DurationSetting(const SinkOptions& options, std::string_view key,
                                          DurationRange range, std::chrono::milliseconds fallback,
                                          std::vector<OptionFault>* faults) {
  const auto text = FindSetting(options, key);
  if (!text) return fallback;
  const auto count = ReadInteger(*text, {range.least.count(), range.most.count()});
  if (count) return std::chrono::milliseconds{*count};
  faults->push_back({std::string(key), "must be a duration from " +
                                           std::to_string(range.least.count()) + "ms to " +
                                           std::to_string(range.most.count()) + "ms"});
  return fallback;
}

std::int64_t IntegerSetting(const SinkOptions& options, std::string_view key, IntegerRange range,
                            std::int64_t fallback, std::vector<OptionFault>* faults) {
  const auto text = FindSetting(options, key);
  if (!text) return fallback;
  const auto number = ReadInteger(*text, range);
  if (number) return *number;
  faults->push_back({std::string(key), "must be an integer from " + std::to_string(range.least) +
                                           " to " + std::to_string(range.most)});
  return fallback;
}

}  // namespace oncegate
