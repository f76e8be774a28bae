// The Lua scripts of the sink. Each is one atomic step of the server; what it may do in the middle
// of an error is said with it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace oncegate::redis {

enum class Script : std::uint8_t {
  kOpen,
  kEnsureStream,
  kTakeTurns,
  kReleaseTurns,
  kProbeRows,
  kCommit,
  kSweepIds,
};
inline constexpr std::size_t kScriptCount = 7;

std::string_view TextOf(Script script);

}  // namespace oncegate::redis
