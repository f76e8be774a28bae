// Strong types for what identifies an event. Plain values: copyable, ordered, no ownership of I/O.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncegate {

/// The incarnation of a producer, 0 … 2^63-1.
struct Epoch {
  std::int64_t value = 0;
  friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

/// The number of an event within an epoch of its producer, 0 … 2^63-1.
struct Sequence {
  std::int64_t value = 0;
  friend auto operator<=>(const Sequence&, const Sequence&) = default;
};

/// The version of a row; a higher one is newer. 128 bits wide so that it can hold a source position
/// (log sequence number pair, binlog file and offset); HTTP clients use 0 … 2^63-1.
struct Version {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// Decimal digits of a version, without sign or leading zeros.
std::string ToDecimal(Version version);
/// The reverse; leading zeros are allowed. Nothing for what is no number or needs more than 128
/// bits.
std::optional<Version> ParseVersion(std::string_view digits);

/// Identifies one state of a ledger row: a fresh random number at every write.
/// Equal token means equal state, always (a counter would repeat after a restore).
struct Token {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Token&, const Token&) = default;
};

/// 128-bit hash of (op, key, version, value as a JSON value). All zero means "none".
struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
  bool IsNone() const { return high == 0 && low == 0; }
};

/// Microseconds since 1970-01-01T00:00:00Z; negative before.
struct WallTime {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const WallTime&, const WallTime&) = default;
};

/// RFC 3339 in UTC with microseconds where there are any, e.g. 2026-01-31T12:00:00.5Z.
std::string ToRfc3339(WallTime time);

}  // namespace oncegate
