// Scheduler: the clock, the timers and the order of steps of a simulated run. Fibers stop at
// scheduling points; between two steps the seed picks who goes on, and time moves a little. When
// nobody can go on, time jumps to the next timer.
//
// Single-threaded. Fibers belong to an owner (an instance of the service), which can be frozen and
// killed as a whole. What it does not model: two steps at the same moment on two processors; data
// races inside the process are the thread sanitizer's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/ingest/clock.h"
#include "tests/sim/fiber.h"
#include "tests/sim/seeded_random.h"
#include "tests/sim/trace.h"

namespace oncegate::sim {

using Milliseconds = std::chrono::milliseconds;

class Scheduler {
 public:
  Scheduler(std::uint64_t seed, Trace* trace) : random_(seed), trace_(trace) {}
  ~Scheduler();

  SteadyTime now() const { return now_; }
  std::int64_t now_us() const;
  SeededRandom& random() { return random_; }
  std::uint64_t steps() const { return steps_; }

  // ---- From outside of fibers ----
  void At(SteadyTime time, std::function<void()> action);
  void After(Milliseconds delay, std::function<void()> action) {
    At(now_ + delay, std::move(action));
  }
  Fiber* Spawn(int owner, std::string name, std::function<void()> body);
  /// A frozen owner makes no step, as after SIGSTOP.
  void Freeze(int owner) { frozen_.insert(owner); }
  void Thaw(int owner) { frozen_.erase(owner); }
  bool IsFrozen(int owner) const { return frozen_.contains(owner); }
  /// Unwinds the owner's fibers where they stand.
  void Kill(int owner);
  /// False: there is nothing left that could ever happen.
  bool Step();

  // ---- From fibers (from elsewhere: no effect) ----
  /// A scheduling point.
  void Point(std::string_view label);
  /// Sleeps until `time`, or until somebody wakes the fiber.
  void SleepUntil(SteadyTime time);
  /// Whose fiber runs now; precondition: one does.
  int current_owner() const { return current_->owner; }
  bool IsInFiber() const { return current_ != nullptr; }
  void Wake(Fiber* fiber);

  /// One line in the name of whoever runs now.
  void Note(std::string_view what, const std::function<std::string()>& text = nullptr);

 private:
  struct Entry {
    int owner;
    std::unique_ptr<Fiber> fiber;
    SteadyTime wake_at;
  };

  void RunTimers();
  bool JumpAhead();

  SeededRandom random_;
  Trace* const trace_;
  SteadyTime now_{std::chrono::hours(1)};
  std::uint64_t steps_ = 0;
  std::uint64_t timers_made_ = 0;
  std::map<std::pair<SteadyTime, std::uint64_t>, std::function<void()>> timers_;
  std::vector<std::unique_ptr<Entry>> fibers_;
  std::vector<Entry*> ready_;
  std::set<int> frozen_;
  Entry* current_ = nullptr;
};

}  // namespace oncegate::sim
