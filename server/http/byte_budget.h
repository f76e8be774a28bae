// A bound on memory shared by all connections of a server: bodies count from the moment their
// memory is taken until the request is answered.
#pragma once

#include <atomic>
#include <cstddef>

namespace oncegate {

/// Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  bool TryTake(std::size_t bytes) {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= bytes_max_) return true;
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  void Return(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> used_{0};
};

/// What one request holds of a budget. Not thread-safe.
class ByteLease {
 public:
  explicit ByteLease(ByteBudget* budget) : budget_(budget) {}
  ~ByteLease() { budget_->Return(held_); }
  ByteLease(const ByteLease&) = delete;
  ByteLease& operator=(const ByteLease&) = delete;

  /// False: the budget is exhausted; what was held stays held.
  bool GrowTo(std::size_t bytes) {
    if (bytes <= held_) return true;
    if (!budget_->TryTake(bytes - held_)) return false;
    held_ = bytes;
    return true;
  }

 private:
  ByteBudget* budget_;
  std::size_t held_ = 0;
};

}  // namespace oncegate
