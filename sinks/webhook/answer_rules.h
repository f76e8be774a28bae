// What an answer of the receiver means, and how long to wait before the next try. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace oncegate::webhook {

enum class Ruling : std::uint8_t {
  kDelivered,    // 2xx: the receiver took it.
  kBusy,         // 408, 409 (the first try is still in progress), 425, 429: the same again.
  kUnavailable,  // 5xx, a redirect, refused credentials, no such address: not about this request,
                 // and the same again until somebody mends it.
  kGone,         // 410: the receiver wants nothing any more; stop until an operator resumes.
  kRefused,      // Every other 4xx: the request itself is refused, for good.
};

Ruling RuleOn(int status);

/// Of a Retry-After header: seconds, or a date (RFC 9110, 10.2.3). Empty for anything else; at most
/// five minutes, so that a receiver can not stop the sink for days.
std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view text,
                                                    std::chrono::system_clock::time_point now);

/// Equal jitter: half of an exponential delay, and up to the other half by chance. `failures`
/// counts from 1, `chance` is from [0, 1).
std::chrono::milliseconds RetryDelay(std::uint32_t failures, double chance);

}  // namespace oncegate::webhook
