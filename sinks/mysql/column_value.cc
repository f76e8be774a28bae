#include "sinks/mysql/column_value.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sinks/common/json_members.h"
#include "sinks/mysql/iso_time.h"

namespace oncegate::mysql {
namespace {

/// Beyond it a number is far out of every column's range.
constexpr std::int64_t kExponentMax = 1'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view* text) {
  const auto* const end = std::find_if_not(text->begin(), text->end(), IsDigit);
  const auto size = static_cast<std::size_t>(end - text->begin());
  const std::string_view digits = text->substr(0, size);
  text->remove_prefix(size);
  return digits;
}

/// The digits behind the point that a number has, zeros at its end and an exponent aside; empty if
/// it is no number.
std::optional<std::int64_t> ScaleOf(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  std::string digits(TakeDigits(&text));
  std::int64_t scale = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string_view behind = TakeDigits(&text);
    digits += behind;
    scale = std::ssize(behind);
  }
  if (digits.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(text.substr(1).starts_with('+') ? 2 : 1);
    std::int64_t exponent = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, exponent);
    if (error == std::errc::invalid_argument || rest != end) return std::nullopt;
    if (error != std::errc()) exponent = text.starts_with('-') ? -kExponentMax : kExponentMax;
    scale -= std::clamp(exponent, -kExponentMax, kExponentMax);
    text = {};
  }
  if (!text.empty()) return std::nullopt;
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string::npos) return 0;
  return scale - static_cast<std::int64_t>(digits.size() - 1 - last);
}

std::size_t CountCharacters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

/// `declared` is enum('a','it''s') or the like.
bool IsMember(std::string_view declared, std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  quoted += "'";
  for (const char before : {'(', ','}) {
    if (declared.find(before + quoted) != std::string_view::npos) return true;
  }
  return false;
}

bool AreMembers(std::string_view declared, std::string_view text) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (!IsMember(declared, text.substr(0, comma))) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

/// Big-endian bytes, since digits would be taken for bytes themselves.
std::optional<std::string> BitsOf(std::string_view text, std::uint64_t bits_max) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  if (bits_max < 64 && (number >> bits_max) != 0) return std::nullopt;
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes.substr((64 - std::clamp<std::uint64_t>(bits_max, 1, 64)) / 8);
}

std::string Fault(const ColumnRules& rules, const std::string& why) {
  return "column \"" + rules.name + "\" (" + rules.declared + ") " + why;
}

/// Puts what means the same in the place of what was sent, or there is nothing that does.
std::string Replace(const ColumnRules& rules, std::optional<std::string> text, ColumnValue* value,
                    const std::string& why_not) {
  if (!text) return Fault(rules, why_not);
  value->own = *std::move(text);
  value->is_own = true;
  return "";
}

std::string ConvertNumber(const ColumnRules& rules, std::string_view text) {
  const std::optional<std::int64_t> scale = ScaleOf(text);
  if (!scale) return Fault(rules, "takes numbers alone");
  if (rules.scale && *scale > *rules.scale) return Fault(rules, "can not hold the number exactly");
  return "";
}

std::string ConvertString(const ColumnRules& rules, ColumnValue* value) {
  const std::string_view text = value->bytes();
  const bool ends_in_space = text.ends_with(' ');
  switch (rules.form) {
    case ColumnForm::kNumber:
      return ConvertNumber(rules, text);
    case ColumnForm::kBits:
      value->kind = ParameterKind::kBytes;
      return Replace(rules, BitsOf(text, rules.size_max), value, "can not hold the value");
    case ColumnForm::kText:
    case ColumnForm::kLongText: {
      // Anything else that is too long is an error of the server.
      if (!ends_in_space) return "";
      const bool is_long = rules.form == ColumnForm::kLongText;
      if ((is_long ? text.size() : CountCharacters(text)) <= rules.size_max) return "";
      return Fault(rules, "would lose spaces at the end of the text");
    }
    case ColumnForm::kPaddedText:
      return ends_in_space ? Fault(rules, "would lose spaces at the end of the text") : "";
    case ColumnForm::kBytes:
      value->kind = ParameterKind::kBytes;
      return "";
    case ColumnForm::kPaddedBytes:
      value->kind = ParameterKind::kBytes;
      if (text.size() >= rules.size_max) return "";
      return Fault(rules, "would get bytes that were not sent");
    case ColumnForm::kMember:
      return IsMember(rules.declared, text) ? "" : Fault(rules, "has no such value");
    case ColumnForm::kMembers:
      return AreMembers(rules.declared, text) ? "" : Fault(rules, "has no such value");
    case ColumnForm::kDate:
      return IsDate(text) ? "" : Fault(rules, "takes dates as YYYY-MM-DD alone");
    case ColumnForm::kDateTime:
      return Replace(rules, ReadDateTime(text, rules.scale.value_or(0)), value,
                     "takes times as 2026-01-31T12:00:00Z alone, with no more digits of a second "
                     "than it keeps");
    case ColumnForm::kTime:
      return Replace(
          rules, ReadTime(text, rules.scale.value_or(0)), value,
          "takes times as 12:00:00 alone, with no more digits of a second than it keeps");
    case ColumnForm::kYear:
      if (text.size() == 4 && std::all_of(text.begin(), text.end(), IsDigit)) return "";
      return Fault(rules, "takes years of four digits alone");
    case ColumnForm::kJson:
    case ColumnForm::kOther:
      break;
  }
  return "";
}

/// The column has a place for what is no text.
bool Takes(ColumnForm form, JsonKind kind) {
  switch (form) {
    case ColumnForm::kNumber:
    case ColumnForm::kBits:
      return kind == JsonKind::kNumber || kind == JsonKind::kBoolean;
    case ColumnForm::kYear:
      return kind == JsonKind::kNumber;
    case ColumnForm::kMember:
    case ColumnForm::kMembers:
    case ColumnForm::kDate:
    case ColumnForm::kDateTime:
    case ColumnForm::kTime:
      return false;
    case ColumnForm::kText:
    case ColumnForm::kLongText:
    case ColumnForm::kPaddedText:
    case ColumnForm::kBytes:
    case ColumnForm::kPaddedBytes:
    case ColumnForm::kJson:
    case ColumnForm::kOther:
      break;
  }
  return true;
}

}  // namespace

std::string ConvertText(const ColumnRules& rules, std::string_view text, ColumnValue* value) {
  *value = {};
  value->is_null = false;
  value->sent = text;
  return ConvertString(rules, value);
}

std::string ConvertField(const ColumnRules& rules, std::string_view json, ColumnValue* value) {
  *value = {};
  const JsonKind kind = KindOf(json);
  if (kind == JsonKind::kNull) {
    return rules.takes_null ? "" : Fault(rules, "can not be NULL");
  }
  value->is_null = false;
  value->sent = json;
  if (rules.form == ColumnForm::kJson) return "";
  if (kind == JsonKind::kString) {
    value->sent = json.substr(1, json.size() - 2);
    if (json.find('\\') != std::string_view::npos) {
      value->own = Unescape(json);
      value->is_own = true;
    }
    return ConvertString(rules, value);
  }
  if (!Takes(rules.form, kind)) return Fault(rules, "takes text alone");
  const bool is_flag = rules.form == ColumnForm::kNumber || rules.form == ColumnForm::kBits;
  if (kind == JsonKind::kBoolean && is_flag) value->sent = json == "true" ? "1" : "0";
  return ConvertString(rules, value);
}

}  // namespace oncegate::mysql
