// ConfigFault: one thing that is wrong with the configuration, where it was written and what to do.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace oncegate {

/// Where a setting was written.
struct ConfigOrigin {
  enum class Layer : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };
  Layer layer = Layer::kDefault;
  std::string name;  // Path of the file, name of the variable, or the flag.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct ConfigFault {
  ConfigOrigin origin;
  std::string key;      // Dotted, e.g. "sinks.main.url"; empty where there is none.
  std::string message;  // What is wrong and what to do. Never the value of a secret.
};

/// `oncegate.toml:12:8: sinks.main.lanes: …`, `ONCEGATE_INGEST__LISTEN: ingest.listen: …`.
std::string ToText(const ConfigFault& fault);

/// The candidate that `name` is most likely a misspelling of; empty if none is near.
std::string_view ClosestName(std::string_view name, std::span<const std::string_view> candidates);

/// ` (did you mean "x"?)`, or nothing.
std::string DidYouMean(std::string_view name, std::span<const std::string_view> candidates);

/// `a, b or c`.
std::string ListNames(std::span<const std::string_view> names);

}  // namespace oncegate
