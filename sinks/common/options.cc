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

std::chrono::milliseconds DurationSetting(const SinkOptions& options, std::string_view key,
                                          DurationRange range, std::chrono::milliseconds fallback,
                                          std::vector<OptionFault>* faults) {
  const auto text = FindSetting(options, key);
  if (!text) return fallback;
  std::int64_t count = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, count);
  const std::chrono::milliseconds duration{count};
  if (error == std::errc{} && rest == end && duration >= range.least && duration <= range.most) {
    return duration;
  }
  faults->push_back({std::string(key), "must be a duration from " +
                                           std::to_string(range.least.count()) + "ms to " +
                                           std::to_string(range.most.count()) + "ms"});
  return fallback;
}

}  // namespace oncegate
