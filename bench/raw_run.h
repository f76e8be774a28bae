// Raw run: what loaders written by hand have in common, whatever they write to: a few connections,
// each on a thread of its own, that write one group of rows after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace oncegate::bench {

struct RawRun {
  std::uint32_t connections = 1;
  std::uint32_t rows_per_group = 4000;
  std::chrono::milliseconds duration{5000};
};

/// Writes a group of rows, durably: `first_row` and those that follow it.
using WriteGroup = std::function<void(std::uint64_t first_row)>;

/// Written rows per second, counted from the moment at which all are connected. `connect` is called
/// on the thread of each connection with its number. Throws what one of them has thrown.
double RunRaw(const RawRun& run, const std::function<WriteGroup(std::uint32_t number)>& connect);

}  // namespace oncegate::bench
