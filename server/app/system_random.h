// SystemRandom: bits from the kernel.
#pragma once

#include "server/ingest/clock.h"

namespace oncegate {

class SystemRandom : public Random {
 public:
  Token NewToken() override;
  std::vector<Token> NewTokens(std::size_t count) override;
  std::uint64_t NewGeneration() override;
};

}  // namespace oncegate
