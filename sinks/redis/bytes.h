// Integers as bytes, the highest first. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncegate::redis {

inline constexpr std::size_t kIntegerBytes = 8;

inline void AppendInteger(std::uint64_t number, std::string* bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes->push_back(static_cast<char>(number >> shift));
}

/// Precondition: at least kIntegerBytes.
inline std::uint64_t ReadInteger(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kIntegerBytes; ++i) {
    number = (number << 8U) | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

}  // namespace oncegate::redis
