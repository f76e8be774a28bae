// CanonicalJson: one spelling for every JSON value, so that values can be compared by meaning:
// white space, member order, escapes and the notation of numbers do not matter, their digits do.
#pragma once

#include <string>
#include <string_view>

namespace oncegate::test {

/// Throws std::runtime_error unless the text is JSON.
std::string CanonicalJson(std::string_view text);

/// A JSON number as mantissa without trailing zeros and exponent: "12.50" and "1.25e1" are
/// "125e-1".
std::string CanonicalNumber(std::string_view number);

}  // namespace oncegate::test
