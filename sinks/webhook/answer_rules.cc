#include "sinks/webhook/answer_rules.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace oncegate::webhook {
namespace {

constexpr std::chrono::seconds kRetryAfterMax{300};
constexpr std::chrono::milliseconds kDelayMin{100};
constexpr std::chrono::milliseconds kDelayMax{10'000};
constexpr std::uint32_t kDoublingsMax = 16;

/// Of the forms that a recipient has to accept: that of RFC 9110, and two obsolete ones (5.6.7).
std::optional<std::time_t> ParseDate(const std::string& text) {
  for (const char* const form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm date{};
    const char* const parsed = strptime(text.c_str(), form, &date);
    if (parsed != nullptr && *parsed == '\0') return timegm(&date);
  }
  return std::nullopt;
}

}  // namespace

Ruling RuleOn(int status) {
  if (status >= 200 && status < 300) return Ruling::kDelivered;
  switch (status) {
    case 408:
    case 409:
    case 425:
    case 429:
      return Ruling::kBusy;
    case 410:
      return Ruling::kGone;
    // They blame the address or the credentials. Were they taken for a word on the request, a
    // rotated password would turn every event into a dead letter.
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
      return Ruling::kUnavailable;
    default:
      return status >= 400 && status < 500 ? Ruling::kRefused : Ruling::kUnavailable;
  }
}

std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view text,
                                                    std::chrono::system_clock::time_point now) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (text.empty() || rest != end || error == std::errc::invalid_argument) {
    const std::optional<std::time_t> date = ParseDate(std::string(text));
    if (!date) return std::nullopt;
    seconds = *date - std::chrono::system_clock::to_time_t(now);
  } else if (error == std::errc::result_out_of_range) {
    seconds = text.starts_with('-') ? 0 : kRetryAfterMax.count();
  }
  return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(0), kRetryAfterMax);
}

std::chrono::milliseconds RetryDelay(std::uint32_t failures, double chance) {
  const std::uint32_t doublings = std::min(failures == 0 ? 0 : failures - 1, kDoublingsMax);
  const std::chrono::milliseconds delay = std::min(kDelayMin * (1 << doublings), kDelayMax);
  const auto jitter = static_cast<std::int64_t>(static_cast<double>(delay.count()) / 2 * chance);
  return delay / 2 + std::chrono::milliseconds(jitter);
}

}  // namespace oncegate::webhook
