// Waiting in tests: for a condition, never for a time.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace oncegate::test {

inline constexpr std::chrono::seconds kLongPatience{60};
inline constexpr std::chrono::milliseconds kPollInterval{10};

/// Asks until the condition holds; false if it does not within `patience`.
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = kLongPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

}  // namespace oncegate::test
