#include "server/ingest/stream.h"

#include <array>

namespace oncegate {
namespace {

constexpr std::size_t kNameBytesMax = 63;
constexpr std::array<std::string_view, 3> kReservedPrefixes{"oncegate_", "sqlite_", "pg_"};

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool IsNameByte(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

}  // namespace

bool IsValidStreamName(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || !IsNameStart(name.front())) return false;
  for (const char c : name) {
    if (!IsNameByte(c)) return false;
  }
  if (name.find("__") != std::string_view::npos) return false;
  for (const std::string_view prefix : kReservedPrefixes) {
    if (name.starts_with(prefix)) return false;
  }
  return true;
}

}  // namespace oncegate
