#include "sinks/common/identifier.h"

#include "dedupe/types/check.h"

namespace oncegate {

std::string QuoteIdentifier(std::string_view identifier) {
  CHECK(identifier.find('\0') == std::string_view::npos);
  std::string quoted;
  quoted.reserve(identifier.size() + 2);
  quoted.push_back('"');
  for (const char c : identifier) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace oncegate
