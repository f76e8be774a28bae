// Exponential backoff between two bounds. Plain value, no clock of its own.
#pragma once

#include <algorithm>
#include <chrono>

#include "server/config/limits.h"
#include "server/ingest/clock.h"

namespace oncegate {

class Backoff {
 public:
  /// The time of the next try; doubles the delay up to the bound.
  SteadyTime Next(SteadyTime now) {
    delay_ = delay_.count() == 0 ? limits::kBackoffMin : std::min(delay_ * 2, limits::kBackoffMax);
    return now + delay_;
  }
  void Reset() { delay_ = std::chrono::milliseconds{0}; }

 private:
  std::chrono::milliseconds delay_{0};
};

}  // namespace oncegate
