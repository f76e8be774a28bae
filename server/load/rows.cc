#include "server/load/rows.h"

#include <algorithm>
#include <cstdio>

namespace oncegate {
namespace {

constexpr std::size_t kNoiseBytes = 1 << 20;

// A bijection on 64 bits, so that keys are distinct and spread over the whole index.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

// Longer than any value, so that every number has a stretch of its own.
std::string MakeNoise() {
  std::string noise;
  while (noise.size() < kNoiseBytes) {
    char text[20];
    std::snprintf(text, sizeof text, "%016llx",
                  static_cast<unsigned long long>(Mix(noise.size() + 1)));
    noise += text;
  }
  return noise;
}

}  // namespace

std::string RowKey(std::uint64_t number) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, "order-%016llx",
                                 static_cast<unsigned long long>(Mix(number)));
  return std::string(text, static_cast<std::size_t>(size));
}

std::string RowValue(std::uint64_t number) {
  char text[256];
  const int size = std::snprintf(
      text, sizeof text,
      "{\"order\":%llu,\"customer\":\"customer-%06llu\",\"amount\":%llu.%02llu,\"currency\":"
      "\"EUR\","
      "\"status\":\"paid\",\"items\":[%llu,%llu,%llu],\"note\":\"delivered to the door\"}",
      static_cast<unsigned long long>(number), static_cast<unsigned long long>(number % 1'000'000),
      static_cast<unsigned long long>(number % 1000), static_cast<unsigned long long>(number % 100),
      static_cast<unsigned long long>(number % 77), static_cast<unsigned long long>(number % 991),
      static_cast<unsigned long long>(number % 13));
  return std::string(text, static_cast<std::size_t>(size));
}

std::string RowValue(std::uint64_t number, std::uint32_t bytes) {
  static const std::string noise = MakeNoise();
  std::string value = "{\"order\":" + std::to_string(number) + ",\"note\":\"";
  constexpr std::size_t kClosingBytes = 2;
  const std::size_t note_bytes = std::max(bytes, std::uint32_t{64}) - value.size() - kClosingBytes;
  value.append(noise, number * 16 % (kNoiseBytes - note_bytes), note_bytes);
  return value + "\"}";
}

}  // namespace oncegate
