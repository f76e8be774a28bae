// JSON numbers as text (RFC 8259, section 6): grammar, integers, and the one spelling that all
// numbers of equal value share. Nothing is converted to floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncegate {

bool IsJsonNumber(std::string_view token);

enum class IntegerOutcome : std::uint8_t { kInteger, kNotAnInteger, kOutOfRange };

/// Reads a valid JSON number that is written as an integer: no fraction, no exponent, not "-0".
IntegerOutcome ParseInteger(std::string_view number, std::int64_t* value);

/// A number as sign, significant digits (no zeros at either end) and power of ten of the last
/// digit. Zero has no digits, no sign and exponent 0.
struct CanonicalNumber {
  bool negative = false;
  std::string_view digits;  // Views the token or the scratch.
  std::int64_t exponent = 0;
  /// The exponent in decimal where it is 10^18 or more in size; `exponent` is 0 then.
  std::string huge_exponent;
};

/// `token` is a valid JSON number; *scratch is overwritten. Costs time and memory in proportion to
/// the token, whatever its exponent says.
CanonicalNumber Canonicalize(std::string_view token, std::string* scratch);

}  // namespace oncegate
