// Fixed-width unsigned integers, most significant byte first, so that byte order is number order.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>

namespace oncegate {

template <std::unsigned_integral Number>
void AppendBigEndian(Number value, std::string* bytes) {
  char text[sizeof(Number)];
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    text[i] = static_cast<char>(value >> (8 * (sizeof(Number) - 1 - i)));
  }
  bytes->append(text, sizeof text);
}

/// Reads sizeof(Number) bytes at `bytes`; the caller has checked that they are there.
template <std::unsigned_integral Number>
Number LoadBigEndian(const char* bytes) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value = static_cast<Number>((value << 8) | static_cast<unsigned char>(bytes[i]));
  }
  return value;
}

}  // namespace oncegate
