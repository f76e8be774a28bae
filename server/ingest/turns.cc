#include "server/ingest/turns.h"

#include <algorithm>

#include "dedupe/types/check.h"

namespace oncegate {

Turns::Turns(std::uint32_t at_a_time, std::chrono::milliseconds wait_max)
    : at_a_time_(at_a_time), wait_max_(wait_max) {
  CHECK(at_a_time > 0);
}

Turns::Turn Turns::Take() {
  std::unique_lock lock(mutex_);
  const std::uint64_t own = arrivals_++;
  waiting_.push_back(own);
  changed_.wait_for(lock, wait_max_,
                    [&] { return taken_ < at_a_time_ && waiting_.front() == own; });
  std::erase(waiting_, own);
  ++taken_;
  if (!waiting_.empty() && taken_ < at_a_time_) changed_.notify_all();
  return Turn(this);
}

std::size_t Turns::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void Turns::GiveBack() {
  const std::lock_guard lock(mutex_);
  --taken_;
  if (!waiting_.empty()) changed_.notify_all();
}

}  // namespace oncegate
