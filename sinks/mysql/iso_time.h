// Dates and times as ISO 8601 writes them, as text that MariaDB and MySQL read alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oncegate::mysql {

/// YYYY-MM-DD, a day of the calendar.
bool IsDate(std::string_view text);

/// HH:MM, HH:MM:SS or HH:MM:SS.f…, with more hours or a sign as well; empty if it is something else
/// or has more digits behind the point than `scale`, zeros aside.
std::optional<std::string> ReadTime(std::string_view text, int scale);

/// A date, or a date, "T" or a space, a time of the day and, where there is one, a zone (Z or
/// +HH:MM), which is taken out, so that the result is in UTC. Otherwise as ReadTime.
std::optional<std::string> ReadDateTime(std::string_view text, int scale);

}  // namespace oncegate::mysql
