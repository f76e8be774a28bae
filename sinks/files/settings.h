// The settings of a files sink.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "sinks/registry.h"

namespace oncegate::files {

struct Settings {
  std::filesystem::path path;
  std::uint64_t roll_bytes = 0;  // Compressed.
  std::chrono::milliseconds roll_interval{};
  int compression_level = 0;
  std::chrono::milliseconds busy_timeout{};
};

/// Appends every fault; the result is usable where there is none.
Settings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults);

}  // namespace oncegate::files
