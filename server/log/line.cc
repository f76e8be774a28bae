#include "server/log/line.h"

#include <boost/json.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace oncegate {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Bytes of the well-formed UTF-8 sequence (Unicode 15, table 3-7) that `text` begins with; 0 if it
/// begins with none. Precondition: not empty.
std::size_t SequenceBytes(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return is_tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) >= 0x90;
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string ToValidUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = SequenceBytes(text);
    valid += bytes == 0 ? kReplacement : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return valid;
}

struct ToJson {
  boost::json::value operator()(std::string_view text) const {
    return boost::json::string(ToValidUtf8(text));
  }
  boost::json::value operator()(std::int64_t number) const { return number; }
  boost::json::value operator()(double number) const {
    if (!std::isfinite(number)) return nullptr;
    return number;
  }
  boost::json::value operator()(bool flag) const { return flag; }
};

}  // namespace

std::string_view ToString(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

std::string FormatLogLine(WallTime time, LogLevel level, std::string_view message,
                          std::initializer_list<LogField> fields) {
  boost::json::object line;
  line.reserve(fields.size() + 3);
  line["time"] = ToRfc3339(time);
  line["level"] = ToString(level);
  line["message"] = ToValidUtf8(message);
  for (const LogField& field : fields) line[field.name] = std::visit(ToJson{}, field.value);
  return boost::json::serialize(line);
}

}  // namespace oncegate
