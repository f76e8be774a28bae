// The inside of a JSON string (RFC 8259, section 7) that contains escapes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace oncegate {

struct UnescapeOutcome {
  bool well_formed = true;
  std::size_t error_offset = 0;  // Of the backslash that begins no escape; if not well_formed.
  bool lone_surrogate = false;   // Encoded like any other code point, so that names still compare.
  bool nul = false;
};

/// Replaces *text by the meaning of `raw`, the bytes between the quotes. Only escapes are looked
/// at: `raw` is UTF-8 without raw control characters.
UnescapeOutcome Unescape(std::string_view raw, std::string* text);

}  // namespace oncegate
