// Input: choices taken off the front of a fuzzer's bytes. Past the end every choice is 0. One byte
// a choice, so that seeds can be written by hand: '0' to '9' are themselves below 10.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace oncegate::fuzz {

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }

  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  /// 0 … bound - 1.
  std::size_t Below(std::size_t bound) {
    const std::uint8_t byte = Byte();
    const bool is_digit = byte >= '0' && byte <= '9';
    return (is_digit ? byte - std::size_t{'0'} : byte) % bound;
  }

  bool Flag() { return Below(2) == 1; }

  /// Eight bytes, the lowest first; fewer at the end.
  std::uint64_t Number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) number |= std::uint64_t{Byte()} << shift;
    return number;
  }

  /// Up to `size_max` bytes; how many is a choice.
  std::string_view Text(std::size_t size_max) {
    const std::size_t chosen = Below(size_max + 1);
    const std::size_t size = std::min(chosen, bytes_.size());
    const std::string_view text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return text;
  }

  std::string_view Rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace oncegate::fuzz
