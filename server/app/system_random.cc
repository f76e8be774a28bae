#include "server/app/system_random.h"

#include <sys/random.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

/// As much as getrandom never cuts short once the kernel's pool is seeded.
constexpr std::size_t kBytesAtOnce = 256;

void Fill(std::span<std::byte> bytes) {
  CHECK(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
}

template <typename Value>
Value RandomValue() {
  static_assert(sizeof(Value) <= kBytesAtOnce);
  Value value{};
  Fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

}  // namespace

Token SystemRandom::NewToken() { return RandomValue<Token>(); }

std::vector<Token> SystemRandom::NewTokens(std::size_t count) {
  std::vector<Token> tokens(count);
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(tokens));
  for (std::size_t done = 0; done < bytes.size(); done += kBytesAtOnce) {
    Fill(bytes.subspan(done, std::min(kBytesAtOnce, bytes.size() - done)));
  }
  return tokens;
}

std::uint64_t SystemRandom::NewGeneration() { return RandomValue<std::uint64_t>(); }

}  // namespace oncegate
