#include "server/decode/rfc3339.h"

#include <chrono>
#include <cstdint>

namespace oncegate {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::month;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_time;
using std::chrono::year;
using std::chrono::year_month_day;

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }

// Reads from the front of a text; after the first mismatch it stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int Digits(std::size_t count) {
    if (rest_.size() < count) return Fail();
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!IsDigit(rest_[i])) return Fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // Takes one byte that is one of `choices`; NUL if it is not.
  char OneOf(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      Fail();
      return '\0';
    }
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  microseconds Fraction() {
    if (rest_.empty() || rest_.front() != '.') return microseconds{0};
    rest_.remove_prefix(1);
    if (rest_.empty() || !IsDigit(rest_.front())) Fail();
    std::int64_t value = 0;
    std::int64_t unit = 100'000;
    while (!rest_.empty() && IsDigit(rest_.front())) {
      value += (rest_.front() - '0') * unit;
      unit /= 10;
      rest_.remove_prefix(1);
    }
    return microseconds{value};
  }

  bool AtEnd() const { return !failed_ && rest_.empty(); }

 private:
  int Fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

struct LocalTime {
  year_month_day date{};
  int hour = 0;
  int minute = 0;
  int second = 0;
  microseconds fraction{0};
  minutes offset{0};
};

minutes ScanOffset(Scanner* scanner, bool* valid) {
  const char sign = scanner->OneOf("Zz+-");
  if (sign == 'Z' || sign == 'z') return minutes{0};
  const int offset_hours = scanner->Digits(2);
  scanner->OneOf(":");
  const int offset_minutes = scanner->Digits(2);
  *valid = offset_hours <= 23 && offset_minutes <= 59;
  const minutes offset = hours{offset_hours} + minutes{offset_minutes};
  return sign == '-' ? -offset : offset;
}

std::optional<LocalTime> Scan(std::string_view text) {
  Scanner scanner(text);
  LocalTime local;
  const year scanned_year{scanner.Digits(4)};
  scanner.OneOf("-");
  const month scanned_month{static_cast<unsigned>(scanner.Digits(2))};
  scanner.OneOf("-");
  const day scanned_day{static_cast<unsigned>(scanner.Digits(2))};
  local.date = scanned_year / scanned_month / scanned_day;
  scanner.OneOf("Tt");
  local.hour = scanner.Digits(2);
  scanner.OneOf(":");
  local.minute = scanner.Digits(2);
  scanner.OneOf(":");
  local.second = scanner.Digits(2);
  local.fraction = scanner.Fraction();
  bool valid_offset = true;
  local.offset = ScanOffset(&scanner, &valid_offset);
  const bool valid = scanner.AtEnd() && valid_offset && local.date.ok() && local.hour <= 23 &&
                     local.minute <= 59 && local.second <= 60;
  if (!valid) return std::nullopt;
  return local;
}

// True at midnight UTC of the first day of a month: where a second 60 may have come just before.
bool FollowsLeapSecond(sys_time<seconds> point) {
  const auto midnight = std::chrono::floor<days>(point);
  return point == midnight && year_month_day{midnight}.day() == day{1};
}

}  // namespace

std::optional<WallTime> ParseRfc3339(std::string_view text) {
  const auto in_range = [](year_month_day date) {
    return date.year() >= year{1} && date.year() <= year{9999};
  };
  const std::optional<LocalTime> local = Scan(text);
  if (!local || !in_range(local->date)) return std::nullopt;
  const sys_time<seconds> utc = sys_days{local->date} + hours{local->hour} +
                                minutes{local->minute} + seconds{local->second} - local->offset;
  if (local->second == 60 && !FollowsLeapSecond(utc)) return std::nullopt;
  if (!in_range(year_month_day{std::chrono::floor<days>(utc)})) return std::nullopt;
  const sys_time<microseconds> point = utc + local->fraction;
  return WallTime{point.time_since_epoch().count()};
}

}  // namespace oncegate
