// Clock and randomness as ingest sees them; handed in, so that a simulator can drive both by a
// seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "dedupe/types/identity.h"

namespace oncegate {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For deadlines and backoff.
  virtual SteadyTime Now() = 0;
  /// For what is stored (commit times, retention). Anchored to the wall clock at start and advanced
  /// by the steady clock, so that a jump of the wall clock evicts nothing early.
  virtual WallTime Wall() = 0;
};

/// Thread-safe source of unpredictable bits.
class Random {
 public:
  virtual ~Random() = default;
  virtual Token NewToken() = 0;
  /// As many calls of NewToken. Never tokens made beforehand: two copies of one suspended machine
  /// would hand out the same.
  virtual std::vector<Token> NewTokens(std::size_t count) {
    std::vector<Token> tokens;
    tokens.reserve(count);
    while (tokens.size() < count) tokens.push_back(NewToken());
    return tokens;
  }
  virtual std::uint64_t NewGeneration() = 0;
};

}  // namespace oncegate
