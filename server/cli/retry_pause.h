// RetryPause: how long to wait before the next attempt.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace oncegate {

class RetryPause {
 public:
  static constexpr std::chrono::milliseconds kMin{100};
  static constexpr std::chrono::milliseconds kMax{5'000};
  static constexpr std::chrono::seconds kRetryAfterMax{60};

  explicit RetryPause(std::uint64_t seed) : random_(seed) {}

  /// Doubles from kMin to kMax, each time at random between half of it and all of it, so that many
  /// senders do not come back together. Never below what the service asks for (within
  /// kRetryAfterMax).
  std::chrono::milliseconds Next(std::optional<std::chrono::seconds> retry_after);

 private:
  std::mt19937_64 random_;
  std::chrono::milliseconds longest_ = kMin;
};

}  // namespace oncegate
