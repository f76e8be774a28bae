// The row guard of one key, as it is kept beside the row in the hash PREFIX:guards:TABLE. Pure.
//
//     guard   = "0"                        ; the key is claimed, its first row is not written yet
//             | "1" SP stamp SP deleted SP version SP epoch SP seq SP applied_at SP producer
//     stamp   = 16 characters, never the same for two writes
//     deleted = "0" | "1"
//     version, epoch, seq = decimal digits | "-"
//     applied_at = microseconds since 1970
//     producer = the rest; empty: none
//
// A script compares guards as bytes. Since the stamp is fresh at every write, equal bytes mean that
// nobody wrote the row in between, also where an event says nothing about itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dedupe/types/event.h"

namespace oncegate::redis {

inline constexpr std::string_view kClaimedGuard = "0";

struct RowGuard {
  bool deleted = false;
  std::optional<Version> version;
  std::optional<std::int64_t> epoch;
  std::optional<std::int64_t> sequence;
  WallTime applied_at;
  std::string producer;
};

RowGuard GuardOf(const Event& event, WallTime now);
std::string EncodeGuard(const RowGuard& guard, std::string_view stamp);
/// Empty where the bytes are no guard; a claimed key must have been told apart before.
std::optional<RowGuard> DecodeGuard(std::string_view bytes);

/// The rule of dedupe/judge/fold.h: may the event write over the row?
bool MayWrite(const RowGuard& stored, const Event& event);

/// 16 characters of 96 random bits.
std::string NewStamp();

}  // namespace oncegate::redis
