// How long the tests that kill, restart and compete go on: ONCEGATE_E2E_SCALE=n makes them n times
// as long; 1 is what every run does.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace oncegate::e2e {

inline int Scale() {
  const char* scale = std::getenv("ONCEGATE_E2E_SCALE");
  return scale == nullptr ? 1 : std::max(1, std::atoi(scale));
}

}  // namespace oncegate::e2e
