#include "tests/sim/scheduler.h"

#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"

namespace oncegate::sim {
namespace {

constexpr std::uint64_t kStepMicroseconds = 300;  // The longest an ordinary step takes.
constexpr std::uint64_t kSlowStepMicroseconds = 30'000;
constexpr std::uint64_t kSlowStepPermille = 8;

}  // namespace

Scheduler::~Scheduler() {
  for (const auto& entry : fibers_) entry->fiber->Kill();
}

std::int64_t Scheduler::now_us() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count();
}

void Scheduler::At(SteadyTime time, std::function<void()> action) {
  timers_.emplace(std::pair(time, timers_made_++), std::move(action));
}

Fiber* Scheduler::Spawn(int owner, std::string name, std::function<void()> body) {
  fibers_.push_back(std::make_unique<Entry>(
      Entry{owner, std::make_unique<Fiber>(std::move(name), std::move(body)), now_}));
  return fibers_.back()->fiber.get();
}

void Scheduler::Kill(int owner) {
  CHECK(current_ == nullptr);
  for (const auto& entry : fibers_) {
    if (entry->owner == owner) entry->fiber->Kill();
  }
  std::erase_if(fibers_, [owner](const auto& entry) { return entry->owner == owner; });
  frozen_.erase(owner);
}

void Scheduler::RunTimers() {
  while (!timers_.empty() && timers_.begin()->first.first <= now_) {
    const std::function<void()> action = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    action();
  }
}

bool Scheduler::JumpAhead() {
  SteadyTime next = SteadyTime::max();
  if (!timers_.empty()) next = timers_.begin()->first.first;
  for (const auto& entry : fibers_) {
    if (!frozen_.contains(entry->owner)) next = std::min(next, entry->wake_at);
  }
  if (next == SteadyTime::max()) return false;
  now_ = std::max(now_, next);
  return true;
}

bool Scheduler::Step() {
  CHECK(current_ == nullptr);
  ++steps_;
  RunTimers();
  ready_.clear();
  for (const auto& entry : fibers_) {
    if (entry->wake_at <= now_ && !frozen_.contains(entry->owner)) ready_.push_back(entry.get());
  }
  if (ready_.empty()) return JumpAhead();
  current_ = ready_[random_.Below(ready_.size())];
  current_->fiber->Resume();
  Entry* const ran = std::exchange(current_, nullptr);
  if (ran->fiber->is_finished()) {
    std::erase_if(fibers_, [ran](const auto& entry) { return entry.get() == ran; });
  }
  const bool slow = random_.Chance(kSlowStepPermille);
  now_ +=
      std::chrono::microseconds(random_.Below(slow ? kSlowStepMicroseconds : kStepMicroseconds));
  return true;
}

void Scheduler::Point(std::string_view label) {
  if (current_ == nullptr || current_->fiber->is_dying()) return;
  Note(label);
  current_->wake_at = now_;
  current_->fiber->Suspend();
}

void Scheduler::SleepUntil(SteadyTime time) {
  if (current_ == nullptr || current_->fiber->is_dying()) return;
  current_->wake_at = time;
  current_->fiber->Suspend();
}

void Scheduler::Wake(Fiber* fiber) {
  for (const auto& entry : fibers_) {
    if (entry->fiber.get() == fiber) entry->wake_at = std::min(entry->wake_at, now_);
  }
}

void Scheduler::Note(std::string_view what, const std::function<std::string()>& text) {
  trace_->Step(now_us(), current_ == nullptr ? "world" : current_->fiber->name(), what, text);
}

}  // namespace oncegate::sim
