#include "dedupe/codec/varint.h"

#include <algorithm>
#include <cstddef>

namespace oncegate {
namespace {

constexpr std::size_t kVarintBytesMax = 10;
constexpr unsigned kMoreFollows = 0x80;

}  // namespace

void AppendVarint(std::uint64_t value, std::string* bytes) {
  while (value >= kMoreFollows) {
    bytes->push_back(static_cast<char>((value & 0x7fU) | kMoreFollows));
    value >>= 7;
  }
  bytes->push_back(static_cast<char>(value));
}

bool ReadVarint(std::string_view* bytes, std::uint64_t* value) {
  std::uint64_t result = 0;
  const std::size_t limit = std::min(bytes->size(), kVarintBytesMax);
  for (std::size_t i = 0; i < limit; ++i) {
    const auto byte = static_cast<unsigned char>((*bytes)[i]);
    // The tenth byte carries bit 63 alone.
    if (i == kVarintBytesMax - 1 && byte > 1) return false;
    result |= static_cast<std::uint64_t>(byte & 0x7fU) << (7 * i);
    if ((byte & kMoreFollows) != 0) continue;
    if (byte == 0 && i > 0) return false;
    bytes->remove_prefix(i + 1);
    *value = result;
    return true;
  }
  return false;
}

}  // namespace oncegate
