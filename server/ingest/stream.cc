#include "server/ingest/stream.h"

#include <algorithm>
#include <array>

namespace oncegate {
namespace {

constexpr std::size_t kNameBytesMax = 63;
constexpr std::array<std::string_view, 3> kReservedPrefixes{"oncegate_", "sqlite_", "pg_"};

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool IsNameByte(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

}  // namespace

std::string_view IndexNameOf(const StreamSpec& spec) {
  return spec.index_name.empty() ? spec.name : spec.index_name;
}

StreamSpec SpecOn(const FurtherSink& further, const StreamSpec& spec) {
  StreamSpec on = spec;
  on.sink = further.sink;
  on.further_sinks.clear();
  on.target.kind = further.kind;
  // No stream name has an "@".
  on.index_name = spec.name + "@" + further.sink;
  return on;
}

bool GoesTo(const StreamSpec& spec, std::string_view sink) {
  return spec.sink == sink || std::any_of(spec.further_sinks.begin(), spec.further_sinks.end(),
                                          [&](const FurtherSink& f) { return f.sink == sink; });
}

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
