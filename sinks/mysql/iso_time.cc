#include "sinks/mysql/iso_time.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace oncegate::mysql {
namespace {

constexpr std::size_t kDateSize = 10;
constexpr std::size_t kHourDigitsMax = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// `pattern` holds 'd' for a digit; anything else stands for itself.
bool Matches(std::string_view text, std::string_view pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(),
                    [](char c, char p) { return p == 'd' ? IsDigit(c) : c == p; });
}

int NumberOf(std::string_view digits) {
  int number = 0;
  for (const char c : digits) number = 10 * number + (c - '0');
  return number;
}

std::optional<std::chrono::year_month_day> ReadDate(std::string_view text) {
  if (!Matches(text, "dddd-dd-dd")) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(NumberOf(text.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(NumberOf(text.substr(5, 2)))),
      std::chrono::day(static_cast<unsigned>(NumberOf(text.substr(8, 2))))};
  if (!date.ok()) return std::nullopt;
  return date;
}

/// A fraction with its point, without zeros at its end; empty if it is none.
std::optional<std::string> ReadFraction(std::string_view text, int scale) {
  if (text.empty()) return "";
  const std::string_view digits = text.substr(1);
  if (text.front() != '.' || digits.empty() ||
      !std::all_of(digits.begin(), digits.end(), IsDigit)) {
    return std::nullopt;
  }
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string_view::npos) return "";
  if (last + 1 > static_cast<std::size_t>(scale)) return std::nullopt;
  return "." + std::string(digits.substr(0, last + 1));
}

struct Clock {
  int minutes = 0;  // Of the day.
  int seconds = 0;
  std::string fraction;
};

std::optional<Clock> ReadClock(std::string_view text, int scale) {
  if (!Matches(text.substr(0, 5), "dd:dd")) return std::nullopt;
  Clock clock;
  const int hours = NumberOf(text.substr(0, 2));
  const int minutes = NumberOf(text.substr(3, 2));
  text.remove_prefix(5);
  if (!text.empty()) {
    if (!Matches(text.substr(0, 3), ":dd")) return std::nullopt;
    clock.seconds = NumberOf(text.substr(1, 2));
    const auto fraction = ReadFraction(text.substr(3), scale);
    if (!fraction) return std::nullopt;
    clock.fraction = *fraction;
  }
  if (hours > 23 || minutes > 59 || clock.seconds > 59) return std::nullopt;
  clock.minutes = 60 * hours + minutes;
  return clock;
}

/// Takes the zone off the end of a time, and gives its minutes east of UTC; 0 where there is none.
std::optional<int> TakeZone(std::string_view* text) {
  if (text->ends_with('Z') || text->ends_with('z')) {
    text->remove_suffix(1);
    return 0;
  }
  constexpr std::size_t kZoneSize = 6;
  if (text->size() < kZoneSize) return 0;
  const std::string_view zone = text->substr(text->size() - kZoneSize);
  if (!Matches(zone.substr(1), "dd:dd") || (zone.front() != '+' && zone.front() != '-')) return 0;
  const int hours = NumberOf(zone.substr(1, 2));
  const int minutes = NumberOf(zone.substr(4, 2));
  if (hours > 23 || minutes > 59) return std::nullopt;
  text->remove_suffix(kZoneSize);
  return (zone.front() == '-' ? -1 : 1) * (60 * hours + minutes);
}

}  // namespace

bool IsDate(std::string_view text) { return ReadDate(text).has_value(); }

std::optional<std::string> ReadTime(std::string_view text, int scale) {
  const std::string sign = text.starts_with('-') ? "-" : "";
  text.remove_prefix(sign.size());
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2 || colon > kHourDigitsMax) return std::nullopt;
  const std::string_view hours = text.substr(0, colon);
  if (!std::all_of(hours.begin(), hours.end(), IsDigit)) return std::nullopt;
  const std::string rest = "00" + std::string(text.substr(colon));
  const auto clock = ReadClock(rest, scale);
  if (!clock) return std::nullopt;
  char minutes_seconds[16];
  std::snprintf(minutes_seconds, sizeof(minutes_seconds), ":%02d:%02d", clock->minutes,
                clock->seconds);
  return sign + std::string(hours) + minutes_seconds + clock->fraction;
}

std::optional<std::string> ReadDateTime(std::string_view text, int scale) {
  const auto date = ReadDate(text.substr(0, kDateSize));
  if (!date) return std::nullopt;
  std::string_view time = text.substr(kDateSize);
  if (time.empty()) return std::string(text);
  if (time.front() != 'T' && time.front() != 't' && time.front() != ' ') return std::nullopt;
  time.remove_prefix(1);
  const auto zone_minutes = TakeZone(&time);
  if (!zone_minutes) return std::nullopt;
  const auto clock = ReadClock(time, scale);
  if (!clock) return std::nullopt;
  const std::chrono::sys_time<std::chrono::minutes> utc =
      std::chrono::sys_days(*date) + std::chrono::minutes(clock->minutes - *zone_minutes);
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day shifted(day);
  const int year = static_cast<int>(shifted.year());
  if (year < 0 || year > 9999) return std::nullopt;
  const int minutes = static_cast<int>((utc - day).count());
  char written[32];
  std::snprintf(written, sizeof(written), "%04d-%02u-%02u %02d:%02d:%02d", year,
                static_cast<unsigned>(shifted.month()), static_cast<unsigned>(shifted.day()),
                minutes / 60, minutes % 60, clock->seconds);
  return written + clock->fraction;
}

}  // namespace oncegate::mysql
