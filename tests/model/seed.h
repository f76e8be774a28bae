// The seed of a random test: a fresh one at every run, printed, and repeatable by ONCEGATE_SEED=n.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace oncegate {

inline std::uint32_t TestSeed() {
  const char* fixed = std::getenv("ONCEGATE_SEED");
  const std::uint32_t seed =
      fixed != nullptr ? static_cast<std::uint32_t>(std::stoul(fixed)) : std::random_device{}();
  std::printf("repeat with ONCEGATE_SEED=%u\n", seed);
  return seed;
}

}  // namespace oncegate
