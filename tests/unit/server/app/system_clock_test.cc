#include "server/app/system_clock.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "server/app/system_random.h"

namespace oncegate {
namespace {

constexpr std::int64_t kYear2000 = 946'684'800'000'000;

TEST(SteadyAnchoredClock, AdvancesFromItsAnchorByTheSteadyClock) {
  const SteadyTime begin{std::chrono::hours(5)};
  const SteadyAnchoredClock clock({{kYear2000}, begin});
  EXPECT_EQ(clock.WallAt(begin).microseconds, kYear2000);
  EXPECT_EQ(clock.WallAt(begin + std::chrono::seconds(90)).microseconds, kYear2000 + 90'000'000);
  EXPECT_EQ(clock.WallAt(begin - std::chrono::microseconds(1)).microseconds, kYear2000 - 1);
}

TEST(SteadyAnchoredClock, DoesNotFollowTheMachinesWallClock) {
  // An anchor far from the machine's date stands for somebody setting that date after the start.
  SteadyAnchoredClock clock({{kYear2000}, std::chrono::steady_clock::now()});
  const std::int64_t elapsed = clock.Wall().microseconds - kYear2000;
  EXPECT_GE(elapsed, 0);
  EXPECT_LT(elapsed, 60'000'000);
}

TEST(SteadyAnchoredClock, NeverRunsBackwards) {
  SteadyAnchoredClock clock(ReadClockAnchor());
  WallTime last = clock.Wall();
  for (int i = 0; i < 1000; ++i) {
    const WallTime now = clock.Wall();
    EXPECT_LE(last, now);
    last = now;
  }
}

TEST(SystemRandom, TokensDoNotRepeat) {
  SystemRandom random;
  std::set<Token> tokens;
  std::set<std::uint64_t> generations;
  for (int i = 0; i < 10'000; ++i) {
    tokens.insert(random.NewToken());
    generations.insert(random.NewGeneration());
  }
  EXPECT_EQ(tokens.size(), 10'000U);
  EXPECT_EQ(generations.size(), 10'000U);
  EXPECT_FALSE(tokens.contains(Token{}));
}

// More than one call of the kernel's gives.
TEST(SystemRandom, ManyTokensAtOnceDoNotRepeat) {
  SystemRandom random;
  const std::vector<Token> given = random.NewTokens(1'001);
  const std::set<Token> tokens(given.begin(), given.end());
  EXPECT_EQ(tokens.size(), 1'001U);
  EXPECT_FALSE(tokens.contains(Token{}));
}

}  // namespace
}  // namespace oncegate
