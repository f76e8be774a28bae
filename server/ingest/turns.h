// Turns: how many small groups of one sink are under way at a time.
//
// A transaction costs what some twenty events cost. Lanes that compete for the same few cores with
// small groups spend more on transactions than on events; if they take turns instead, what arrives
// meanwhile makes the next group larger. Nobody waits for events: a lane waits only while others
// use the cores, for a bounded time, and never with a large group.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

namespace oncegate {

class Turns {
 public:
  /// Precondition: at_a_time > 0. Nobody waits longer than `wait_max`: a lane whose transaction is
  /// stuck must not hold up the others.
  Turns(std::uint32_t at_a_time, std::chrono::milliseconds wait_max);

  /// Given back on destruction.
  class Turn {
   public:
    explicit Turn(Turns* turns) : turns_(turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->GiveBack();
    }

   private:
    Turns* turns_;
  };

  /// First come, first served.
  Turn Take();
  std::size_t waiting() const;

 private:
  void GiveBack();

  const std::uint32_t at_a_time_;
  const std::chrono::milliseconds wait_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> waiting_;  // Guarded by mutex_, like the rest.
  std::uint64_t arrivals_ = 0;
  std::uint32_t taken_ = 0;
};

}  // namespace oncegate
