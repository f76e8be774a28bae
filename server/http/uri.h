// Request targets: split first, percent-decoded then, so that a segment may hold an encoded slash.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.h"

namespace oncegate {

enum class TargetForm : std::uint8_t { kPath, kAsterisk };

struct ParsedTarget {
  TargetForm form = TargetForm::kPath;
  std::vector<std::string> path;  // "/v1/a%2Fb" gives {"v1", "a/b"}; "/" gives {""}.
  std::vector<HttpParameter> query;
};

/// Origin form, absolute form with the scheme http (RFC 9112, section 3.2.2: a server must take it)
/// and the asterisk. Null: anything else, a bad escape, a fragment.
std::optional<ParsedTarget> ParseTarget(std::string_view target);

/// Null: a % that is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace oncegate
