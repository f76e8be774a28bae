#include "server/decode/json_number.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace oncegate {
namespace {

constexpr std::size_t kPlainExponentDigitsMax = 18;

bool IsDigit(char byte) { return byte >= '0' && byte <= '9'; }

std::size_t SkipDigits(std::string_view token, std::size_t position) {
  while (position < token.size() && IsDigit(token[position])) ++position;
  return position;
}

struct NumberParts {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
  bool exponent_negative = false;
  std::string_view exponent;
};

NumberParts Split(std::string_view token) {
  NumberParts parts;
  parts.negative = token.front() == '-';
  if (parts.negative) token.remove_prefix(1);
  const std::size_t integer_end = SkipDigits(token, 0);
  parts.integer = token.substr(0, integer_end);
  token.remove_prefix(integer_end);
  if (!token.empty() && token.front() == '.') {
    const std::size_t fraction_end = SkipDigits(token, 1);
    parts.fraction = token.substr(1, fraction_end - 1);
    token.remove_prefix(fraction_end);
  }
  if (!token.empty()) {  // At the letter of the exponent.
    token.remove_prefix(1);
    parts.exponent_negative = token.front() == '-';
    if (!IsDigit(token.front())) token.remove_prefix(1);
    token.remove_prefix(std::min(token.find_first_not_of('0'), token.size()));
    parts.exponent = token;
  }
  return parts;
}

// |value| + difference in decimal, where |value| is at least 10^18 and by far the larger.
std::string AddToDecimal(std::string_view value, std::int64_t difference) {
  std::string result(value);
  std::int64_t carry = difference;
  for (std::size_t i = result.size(); i-- > 0 && carry != 0;) {
    const std::int64_t sum = (result[i] - '0') + carry;
    const std::int64_t digit = ((sum % 10) + 10) % 10;
    result[i] = static_cast<char>('0' + digit);
    carry = (sum - digit) / 10;
  }
  if (carry != 0) result.insert(0, std::to_string(carry));
  result.erase(0, result.find_first_not_of('0'));
  return result;
}

// Adds `shift` to the exponent as written, without overflow at any size.
void SetExponent(const NumberParts& parts, std::int64_t shift, CanonicalNumber* number) {
  std::string size_in_decimal;
  if (parts.exponent.size() <= kPlainExponentDigitsMax) {
    std::int64_t exponent = 0;
    std::from_chars(parts.exponent.data(), parts.exponent.data() + parts.exponent.size(), exponent);
    number->exponent = (parts.exponent_negative ? -exponent : exponent) + shift;
    size_in_decimal = std::to_string(number->exponent);
  } else {
    size_in_decimal = AddToDecimal(parts.exponent, parts.exponent_negative ? -shift : shift);
    if (parts.exponent_negative) size_in_decimal.insert(0, "-");
    std::from_chars(size_in_decimal.data(), size_in_decimal.data() + size_in_decimal.size(),
                    number->exponent);
  }
  const std::size_t sign = size_in_decimal.front() == '-' ? 1 : 0;
  if (size_in_decimal.size() - sign <= kPlainExponentDigitsMax) return;
  number->huge_exponent = std::move(size_in_decimal);
  number->exponent = 0;
}

}  // namespace

bool IsJsonNumber(std::string_view token) {
  std::size_t position = 0;
  if (position < token.size() && token[position] == '-') ++position;
  const std::size_t integer = position;
  position = SkipDigits(token, position);
  if (position == integer) return false;
  if (token[integer] == '0' && position - integer > 1) return false;
  if (position < token.size() && token[position] == '.') {
    const std::size_t fraction = ++position;
    position = SkipDigits(token, position);
    if (position == fraction) return false;
  }
  if (position < token.size() && (token[position] == 'e' || token[position] == 'E')) {
    ++position;
    if (position < token.size() && (token[position] == '+' || token[position] == '-')) ++position;
    const std::size_t exponent = position;
    position = SkipDigits(token, position);
    if (position == exponent) return false;
  }
  return position == token.size();
}

IntegerOutcome ParseInteger(std::string_view number, std::int64_t* value) {
  if (number == "-0" || number.find_first_of(".eE") != std::string_view::npos) {
    return IntegerOutcome::kNotAnInteger;
  }
  const char* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, *value);
  return error == std::errc() && stop == end ? IntegerOutcome::kInteger
                                             : IntegerOutcome::kOutOfRange;
}

CanonicalNumber Canonicalize(std::string_view token, std::string* scratch) {
  const NumberParts parts = Split(token);
  std::string_view digits = parts.integer;
  if (!parts.fraction.empty()) {
    scratch->assign(parts.integer);
    scratch->append(parts.fraction);
    digits = *scratch;
  }
  CanonicalNumber number;
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string_view::npos) return number;
  const std::size_t trailing_zeros = digits.size() - 1 - last;
  digits.remove_suffix(trailing_zeros);
  digits.remove_prefix(digits.find_first_not_of('0'));
  number.negative = parts.negative;
  number.digits = digits;
  const std::int64_t shift =
      static_cast<std::int64_t>(trailing_zeros) - static_cast<std::int64_t>(parts.fraction.size());
  if (parts.exponent.empty()) {
    number.exponent = shift;
  } else {
    SetExponent(parts, shift, &number);
  }
  return number;
}

}  // namespace oncegate
