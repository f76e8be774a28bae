// HTTP load of a closed loop: every connection sends its next request when the last one was
// answered, so the rate is what the service can do. Bounded in time and in requests; ends by
// itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace oncegate {

struct LoadSettings {
  std::string host;  // A name or a number.
  std::string port;
  std::uint32_t connections = 8;
  std::chrono::milliseconds duration{5000};
  std::uint64_t requests_max = UINT64_MAX;
};

struct LoadResult {
  std::uint64_t requests = 0;        // Answered.
  std::uint64_t taken_requests = 0;  // Answered 200, or 202 by a journal.
  double seconds = 0;
  std::vector<double> latencies_ms;  // Of every answered request, unsorted.

  double RequestsPerSecond() const { return static_cast<double>(taken_requests) / seconds; }
  double LatencyPercentile(double percent) const;
};

/// Appends the bytes of the next request of `connection` to *out; false: the connection is done.
using NextRequest = std::function<bool(std::uint32_t connection, std::string* out)>;

/// Throws std::runtime_error when a connection breaks or an answer can not be read.
LoadResult RunLoad(const LoadSettings& settings, const NextRequest& next_request);

/// 0 of nothing.
double Percentile(std::vector<double> values, double percent);

}  // namespace oncegate
