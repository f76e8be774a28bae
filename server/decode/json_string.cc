#include "server/decode/json_string.h"

#include <cstdint>
#include <optional>

#include "server/decode/utf8.h"

namespace oncegate {
namespace {

std::optional<char> SimpleEscape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return std::nullopt;
  }
}

int HexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// The code unit of the \uXXXX at `position` (of its backslash).
std::optional<std::uint32_t> CodeUnitAt(std::string_view raw, std::size_t position) {
  if (raw.size() < position + 6 || raw[position] != '\\' || raw[position + 1] != 'u') {
    return std::nullopt;
  }
  std::uint32_t unit = 0;
  for (std::size_t i = position + 2; i < position + 6; ++i) {
    const int digit = HexDigit(raw[i]);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

bool IsHighSurrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Appends the character whose first code unit is at `position`; returns the bytes of `raw` it took.
std::size_t AppendCodeUnits(std::string_view raw, std::size_t position, std::uint32_t unit,
                            std::string* text, UnescapeOutcome* outcome) {
  if (IsHighSurrogate(unit)) {
    const auto next = CodeUnitAt(raw, position + 6);
    if (next && IsLowSurrogate(*next)) {
      AppendUtf8(0x10000U + ((unit - 0xD800U) << 10) + (*next - 0xDC00U), text);
      return 12;
    }
  }
  if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) outcome->lone_surrogate = true;
  if (unit == 0) outcome->nul = true;
  AppendUtf8(unit, text);
  return 6;
}

}  // namespace

UnescapeOutcome Unescape(std::string_view raw, std::string* text) {
  UnescapeOutcome outcome;
  text->clear();
  text->reserve(raw.size());
  std::size_t position = 0;
  while (true) {
    const std::size_t backslash = raw.find('\\', position);
    text->append(raw.substr(position, backslash - position));
    if (backslash == std::string_view::npos) return outcome;
    position = backslash;
    const char letter = position + 1 < raw.size() ? raw[position + 1] : '\0';
    if (const auto simple = SimpleEscape(letter)) {
      text->push_back(*simple);
      position += 2;
    } else if (const auto unit = CodeUnitAt(raw, position)) {
      position += AppendCodeUnits(raw, position, *unit, text, &outcome);
    } else {
      outcome.well_formed = false;
      outcome.error_offset = position;
      return outcome;
    }
  }
}

}  // namespace oncegate
