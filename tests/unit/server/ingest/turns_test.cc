#include "server/ingest/turns.h"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace oncegate {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLong{30'000};

class TurnsTest : public testing::Test {
 protected:
  /// Returns once `count` wait for a turn.
  void AwaitWaiting(std::size_t count) {
    const auto deadline = steady_clock::now() + kLong;
    while (turns_.waiting() != count) {
      ASSERT_LT(steady_clock::now(), deadline) << "nobody waits";
      std::this_thread::yield();
    }
  }

  void Note(const std::string& who) {
    const std::lock_guard lock(mutex_);
    order_.push_back(who);
  }

  /// Takes a turn, notes it, and gives it back.
  std::thread Taker(const std::string& who) {
    return std::thread([this, who] {
      const Turns::Turn turn = turns_.Take();
      Note(who);
    });
  }

  Turns turns_{1, kLong};
  std::mutex mutex_;
  std::vector<std::string> order_;
};

TEST_F(TurnsTest, TheNextWaitsUntilTheTurnIsGivenBack) {
  std::optional<Turns::Turn> first(turns_.Take());
  std::thread second = Taker("second");
  AwaitWaiting(1);
  Note("first");
  first.reset();
  second.join();
  EXPECT_EQ(order_, (std::vector<std::string>{"first", "second"}));
}

TEST_F(TurnsTest, WhoGaveItBackComesAfterThoseThatWait) {
  std::optional<Turns::Turn> first(turns_.Take());
  std::thread second = Taker("second");
  AwaitWaiting(1);
  std::thread third = Taker("third");
  AwaitWaiting(2);
  first.reset();
  {
    const Turns::Turn again = turns_.Take();
    Note("first");
  }
  second.join();
  third.join();
  EXPECT_EQ(order_, (std::vector<std::string>{"second", "third", "first"}));
}

TEST(Turns, AsManyAsAllowedGoTogether) {
  Turns turns(2, kLong);
  const auto begun = steady_clock::now();
  const Turns::Turn first = turns.Take();
  const Turns::Turn second = turns.Take();
  EXPECT_LT(steady_clock::now() - begun, kLong);
}

TEST(Turns, ATurnThatIsStuckHoldsNobodyUpForLong) {
  Turns turns(1, std::chrono::milliseconds(1));
  const Turns::Turn stuck = turns.Take();
  const Turns::Turn second = turns.Take();
  const Turns::Turn third = turns.Take();
  EXPECT_EQ(turns.waiting(), 0U);
}

}  // namespace
}  // namespace oncegate
