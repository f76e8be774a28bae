// Reading the settings of a sink. Pure; every fault found is appended to `faults`, so that check()
// reports all of them at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/registry.h"

namespace oncegate {

/// Reports every setting whose name is not in `known`, and names those that are.
void CheckKnownSettings(const SinkOptions& options, std::initializer_list<std::string_view> known,
                        std::vector<OptionFault>* faults);

/// The text of a setting; empty if it is not set.
std::optional<std::string_view> FindSetting(const SinkOptions& options, std::string_view key);

struct DurationRange {
  std::chrono::milliseconds least;
  std::chrono::milliseconds most;
};

/// A duration in milliseconds (digits only), `fallback` where it is not set or faulty.
std::chrono::milliseconds DurationSetting(const SinkOptions& options, std::string_view key,
                                          DurationRange range, std::chrono::milliseconds fallback,
                                          std::vector<OptionFault>* faults);

struct IntegerRange {
  std::int64_t least;
  std::int64_t most;
};

/// An integer, `fallback` where it is not set or faulty.
std::int64_t IntegerSetting(const SinkOptions& options, std::string_view key, IntegerRange range,
                            std::int64_t fallback, std::vector<OptionFault>* faults);

}  // namespace oncegate
