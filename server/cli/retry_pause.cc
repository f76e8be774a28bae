#include "server/cli/retry_pause.h"

#include <algorithm>

namespace oncegate {

std::chrono::milliseconds RetryPause::Next(std::optional<std::chrono::seconds> retry_after) {
  std::uniform_int_distribution<std::int64_t> spread(longest_.count() / 2, longest_.count());
  const std::chrono::milliseconds pause(spread(random_));
  longest_ = std::min(longest_ * 2, kMax);
  if (!retry_after) return pause;
  return std::max<std::chrono::milliseconds>(std::min(*retry_after, kRetryAfterMax), pause);
}

}  // namespace oncegate
