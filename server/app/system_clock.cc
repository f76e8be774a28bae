#include "server/app/system_clock.h"

#include <chrono>

namespace oncegate {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

}  // namespace

ClockAnchor ReadClockAnchor() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {{duration_cast<microseconds>(since_epoch).count()}, std::chrono::steady_clock::now()};
}

SteadyTime SteadyAnchoredClock::Now() { return std::chrono::steady_clock::now(); }

WallTime SteadyAnchoredClock::Wall() { return WallAt(Now()); }

WallTime SteadyAnchoredClock::WallAt(SteadyTime moment) const {
  const auto elapsed = duration_cast<microseconds>(moment - anchor_.steady);
  return {anchor_.wall.microseconds + elapsed.count()};
}

}  // namespace oncegate
