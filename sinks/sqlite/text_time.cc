#include "sinks/sqlite/text_time.h"

#include <chrono>
#include <cstdint>

#include "dedupe/types/check.h"

namespace oncegate::sqlite {
namespace {

void PutDigits(char* at, int count, std::int64_t number) {
  for (int i = count - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

TimeText FormatTime(WallTime time) {
  using std::chrono::days;
  using std::chrono::microseconds;
  const std::chrono::sys_time<microseconds> point{microseconds{time.microseconds}};
  const auto day = std::chrono::floor<days>(point);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{point - day};
  const int year = static_cast<int>(date.year());
  CHECK(year >= 0 && year <= 9999);
  TimeText text{'.', '.', '.', '.', '-', '.', '.', '-', '.', '.', 'T', '.', '.', ':',
                '.', '.', ':', '.', '.', '.', '.', '.', '.', '.', '.', '.', 'Z'};
  PutDigits(&text[0], 4, year);
  PutDigits(&text[5], 2, static_cast<unsigned>(date.month()));
  PutDigits(&text[8], 2, static_cast<unsigned>(date.day()));
  PutDigits(&text[11], 2, clock.hours().count());
  PutDigits(&text[14], 2, clock.minutes().count());
  PutDigits(&text[17], 2, clock.seconds().count());
  PutDigits(&text[20], 6, clock.subseconds().count());
  return text;
}

}  // namespace oncegate::sqlite
