// The dedupe mode of a stream: what identifies an event and in which order identities may arrive.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace oncegate {

enum class DedupeMode : std::uint8_t { kWindow, kStrict, kMonotonic, kId, kVersion, kOff };

std::string_view ToString(DedupeMode mode);
std::optional<DedupeMode> ParseDedupeMode(std::string_view text);

/// True where identity is (stream, producer, epoch, seq) and a ledger row per producer exists.
constexpr bool IsSequenced(DedupeMode mode) {
  return mode == DedupeMode::kWindow || mode == DedupeMode::kStrict ||
         mode == DedupeMode::kMonotonic;
}

}  // namespace oncegate
