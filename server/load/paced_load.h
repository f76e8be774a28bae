// HTTP load of an open loop: requests are due at fixed times, whatever the service does, as those
// of independent clients are. A latency counts from the time at which the request was due, so that
// a service that stands still is charged for everything that should have been sent meanwhile
// (coordinated omission).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "server/load/http_load.h"

namespace oncegate {

struct PacedLoad {
  std::string host;  // A name or a number.
  std::string port;
  /// What is due while all connections wait for an answer is sent as soon as one has it.
  std::uint32_t connections = 256;
  double requests_per_second = 1000;
  std::chrono::milliseconds duration{5000};
};

struct PacedResult {
  std::uint64_t due = 0;      // Requests that should have been sent in the time.
  std::uint64_t sent = 0;     // Of these.
  std::uint64_t settled = 0;  // Answered 200.
  std::uint64_t settled_in_time = 0;
  std::uint64_t refused = 0;  // Answered 429.
  std::uint64_t refused_without_retry_after = 0;
  std::uint64_t other = 0;           // Any other answer.
  double seconds = 0;                // Without the wait for the last answers.
  std::vector<double> latencies_ms;  // Of settled requests, unsorted.
};

/// A refused request is sent again, unchanged, when the next one of its connection is due; it does
/// not wait for Retry-After, so that the offered rate stays what it is.
/// Throws std::runtime_error when a connection breaks or an answer can not be read.
PacedResult RunPacedLoad(const PacedLoad& load, const NextRequest& next_request);

}  // namespace oncegate
