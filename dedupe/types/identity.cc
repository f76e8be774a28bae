#include "dedupe/types/identity.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace oncegate {

std::string ToDecimal(Version version) {
  if (version.high == 0) return std::to_string(version.low);
  // Long division by 10 over four 32-bit limbs, most significant first.
  std::array<std::uint64_t, 4> limbs{version.high >> 32, version.high & 0xffffffffU,
                                     version.low >> 32, version.low & 0xffffffffU};
  std::string digits;
  while (std::any_of(limbs.begin(), limbs.end(), [](std::uint64_t limb) { return limb != 0; })) {
    std::uint64_t remainder = 0;
    for (std::uint64_t& limb : limbs) {
      const std::uint64_t value = (remainder << 32) | limb;
      limb = value / 10;
      remainder = value % 10;
    }
    digits.push_back(static_cast<char>('0' + remainder));
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::optional<Version> ParseVersion(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::array<std::uint64_t, 4> limbs{};  // Of 32 bits, most significant first.
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    std::uint64_t carry = static_cast<std::uint64_t>(digit - '0');
    for (auto limb = limbs.rbegin(); limb != limbs.rend(); ++limb) {
      const std::uint64_t value = *limb * 10 + carry;
      *limb = value & 0xffffffffU;
      carry = value >> 32;
    }
    if (carry != 0) return std::nullopt;
  }
  return Version{(limbs[0] << 32) | limbs[1], (limbs[2] << 32) | limbs[3]};
}

std::string ToRfc3339(WallTime time) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::microseconds;
  using std::chrono::sys_time;
  const sys_time<microseconds> point{microseconds{time.microseconds}};
  const auto day = floor<days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{point - day};
  char text[64];
  int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string result(text, static_cast<std::size_t>(size));
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    size = std::snprintf(text, sizeof text, ".%06d", static_cast<int>(fraction));
    result.append(text, static_cast<std::size_t>(size));
    result.erase(result.find_last_not_of('0') + 1);
  }
  return result + "Z";
}

}  // namespace oncegate
