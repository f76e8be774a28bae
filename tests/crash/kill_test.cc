// SIGKILL at any moment: under load, and during the start.
#include <unistd.h>

#include <random>
#include <thread>

#include "tests/crash/promise_test.h"

namespace oncegate::crash {
namespace {

using std::chrono::microseconds;

class KillTest : public PromiseTest {
 protected:
  /// The moment of a kill is what is random here; nothing is waited for.
  void LetPass(microseconds at_most) {
    std::this_thread::sleep_for(
        microseconds(std::uniform_int_distribution<std::int64_t>(0, at_most.count())(random_)));
  }
  int Draw(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

 private:
  std::mt19937_64 random_{seed()};
};
ONCEGATE_ON_BOTH_SINKS(KillTest);

/// Rounds until the books are closed and new ones begun.
constexpr int kRoundsPerGeneration = 50;
/// Enough requests for a stream to last through a generation.
constexpr int kBatchesPerRound = 12;

TEST_P(KillTest, KilledAtRandomUnderLoadItKeepsThePromise) {
  const int rounds = Rounds(50);
  Prepare();
  for (int round = 0; round < rounds; ++round) {
    if (round % kRoundsPerGeneration == 0) {
      if (round > 0) FinishAndExpectEveryEventOnce();
      StartLoads(kBatchesPerRound * std::min(rounds, kRoundsPerGeneration));
    }
    AwaitAnswers(Draw(0, 10));
    LetPass(microseconds(5000));
    Kill();
    ExpectNothingSettledIsLost();
    ASSERT_FALSE(HasFailure()) << "round " << round;
    StartAgain();
  }
  FinishAndExpectEveryEventOnce();
  Report(std::to_string(rounds) + " kills under load");
}

TEST_P(KillTest, AStormOfRestartsKeepsThePromise) {
  const int rounds = 2 * Rounds(50);
  Prepare();
  StartLoads(200);
  AwaitAnswers(40);
  Kill();
  for (int round = 0; round < rounds; ++round) {
    process().Launch();
    LetPass(microseconds(120'000));  // A start takes about half of it.
    Kill();
  }
  StartAgain();
  FinishAndExpectEveryEventOnce();
  Report(std::to_string(rounds) + " kills during the start");
}

}  // namespace
}  // namespace oncegate::crash
