#include "sinks/common/row_key.h"

#include <algorithm>
#include <charconv>

#include "sinks/common/json_members.h"

namespace oncegate {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool AreDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

/// Digits before the point: without a sign, without leading zeros.
bool IsWhole(std::string_view text) {
  return !text.empty() && AreDigits(text) && (text.size() == 1 || text.front() != '0');
}

bool IsIntegerKey(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (!IsWhole(digits) || (negative && digits == "0")) return false;
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc();
}

bool IsNumeric(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  const std::size_t point = digits.find('.');
  if (!IsWhole(digits.substr(0, point)) || (negative && digits == "0")) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view behind = digits.substr(point + 1);
  return !behind.empty() && AreDigits(behind) && behind.back() != '0';
}

/// `pattern` holds a letter for each kind of character; anything else stands for itself.
bool Matches(std::string_view text, std::string_view pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(), [](char c, char p) {
    if (p == 'd') return IsDigit(c);
    if (p == 'x') return IsDigit(c) || (c >= 'a' && c <= 'f');
    return c == p;
  });
}

bool IsSpelled(KeyType type, std::string_view text) {
  switch (type) {
    case KeyType::kInteger:
      return IsIntegerKey(text);
    case KeyType::kNumeric:
      return IsNumeric(text);
    case KeyType::kText:
      return true;
    case KeyType::kPaddedText:
      return !text.ends_with(' ');
    case KeyType::kUuid:
      return Matches(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    case KeyType::kDate:
      return Matches(text, "dddd-dd-dd");
    case KeyType::kBoolean:
      return text == "true" || text == "false";
  }
  return false;
}

bool StandsBare(KeyType type) {
  return type == KeyType::kInteger || type == KeyType::kNumeric || type == KeyType::kBoolean;
}

bool IsScalar(JsonKind kind) {
  return kind == JsonKind::kString || kind == JsonKind::kNumber || kind == JsonKind::kBoolean;
}

}  // namespace

std::string_view SpellingOf(KeyType type) {
  switch (type) {
    case KeyType::kInteger:
      return "a 64-bit integer without leading zeros";
    case KeyType::kNumeric:
      return "a decimal number without exponent, leading zeros or trailing ones behind the point";
    case KeyType::kText:
      return "text";
    case KeyType::kPaddedText:
      return "text that does not end in a space";
    case KeyType::kUuid:
      return "a UUID in lower case with hyphens";
    case KeyType::kDate:
      return "a date as YYYY-MM-DD";
    case KeyType::kBoolean:
      return "true or false";
  }
  return "";
}

std::optional<std::vector<std::string>> SplitRowKey(std::span<const KeyType> types,
                                                    std::string_view key) {
  if (types.size() == 1) {
    if (!IsSpelled(types.front(), key)) return std::nullopt;
    return std::vector<std::string>{std::string(key)};
  }
  std::vector<std::string_view> elements;
  if (!ReadElements(key, &elements) || elements.size() != types.size()) return std::nullopt;
  std::vector<std::string> parts;
  std::string spelled = "[";
  for (std::size_t i = 0; i < types.size(); ++i) {
    const bool is_text = KindOf(elements[i]) == JsonKind::kString;
    if (is_text == StandsBare(types[i])) return std::nullopt;
    parts.push_back(is_text ? Unescape(elements[i]) : std::string(elements[i]));
    if (!IsSpelled(types[i], parts.back())) return std::nullopt;
    spelled += (i == 0 ? "" : ",") + (is_text ? QuoteJson(parts.back()) : parts.back());
  }
  if (spelled + "]" != key) return std::nullopt;
  return parts;
}

std::string RowKeyOf(std::span<const std::string> key_columns, std::string_view value) {
  std::vector<JsonMember> members;
  if (!ReadMembers(value, &members)) return "";
  std::string key;
  for (const std::string& column : key_columns) {
    const auto member = std::find_if(members.begin(), members.end(),
                                     [&](const JsonMember& m) { return m.name == column; });
    if (member == members.end()) return "";
    const JsonKind kind = KindOf(member->value);
    if (!IsScalar(kind)) return "";
    const bool is_text = kind == JsonKind::kString;
    if (key_columns.size() == 1) {
      return is_text ? Unescape(member->value) : std::string(member->value);
    }
    key += (key.empty() ? "[" : ",") +
           (is_text ? QuoteJson(Unescape(member->value)) : std::string(member->value));
  }
  return key + "]";
}

}  // namespace oncegate
