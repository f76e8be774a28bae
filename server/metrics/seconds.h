// Durations as Prometheus wants them: seconds, as a floating-point number.
#pragma once

#include <chrono>

namespace oncegate {

inline double Seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace oncegate
