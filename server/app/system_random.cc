#include "server/app/system_random.h"

#include <sys/random.h>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

/// Up to 256 bytes, which getrandom never cuts short once the kernel's pool is seeded.
template <typename Value>
Value RandomValue() {
  static_assert(sizeof(Value) <= 256);
  Value value{};
  CHECK(getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

}  // namespace

Token SystemRandom::NewToken() { return RandomValue<Token>(); }

std::uint64_t SystemRandom::NewGeneration() { return RandomValue<std::uint64_t>(); }

}  // namespace oncegate
