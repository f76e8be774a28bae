// UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace oncegate {

/// Length of the longest valid prefix in bytes; the size of the text if all of it is valid.
std::size_t ValidUtf8Prefix(std::string_view text);

/// Appends a code point. A surrogate is encoded by the same scheme, which gives no valid UTF-8.
void AppendUtf8(char32_t code_point, std::string* text);

/// The longest prefix of at most `bytes_max` bytes that does not cut a character. `text` is valid.
std::string_view TruncateUtf8(std::string_view text, std::size_t bytes_max);

/// True if `text`, which is valid, holds a control character (general category Cc: U+0000…001F and
/// U+007F…009F).
bool HasControlCharacter(std::string_view text);

}  // namespace oncegate
