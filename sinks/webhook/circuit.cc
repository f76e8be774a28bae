#include "sinks/webhook/circuit.h"

#include <algorithm>

#include "sinks/webhook/answer_rules.h"

namespace oncegate::webhook {
namespace {

// A receiver that restarts behind a proxy answers a few 502; that is no reason to give up waiting.
constexpr std::uint32_t kFailuresToOpen = 5;

}  // namespace

bool Circuit::IsOpenLocked() const { return is_gone_ || failures_ >= kFailuresToOpen; }

bool Circuit::AwaitTurn(SteadyTime deadline, Caller caller) {
  std::unique_lock lock(mutex_);
  for (;;) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (is_stopped_ || now >= deadline) return false;
    if (caller == Caller::kSession && IsOpenLocked()) return false;
    const bool is_held = is_paused_ || is_gone_;
    if (!is_held && now >= not_before_) return true;
    // What can not become true in time is not waited for.
    if (!is_held && not_before_ >= deadline) return false;
    const SteadyTime until = is_held ? deadline : not_before_;
    if (until == SteadyTime::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, until);
    }
  }
}

void Circuit::NoteDelivered() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  delays_ = 0;
  reason_.clear();
}

void Circuit::WaitLonger(std::optional<std::chrono::seconds> retry_after,
                         const std::string& reason) {
  ++delays_;
  reason_ = reason;
  const double chance = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
  std::chrono::milliseconds delay = RetryDelay(delays_, chance);
  if (retry_after) delay = std::max<std::chrono::milliseconds>(delay, *retry_after);
  not_before_ = std::max(not_before_, std::chrono::steady_clock::now() + delay);
}

void Circuit::NoteBusy(std::optional<std::chrono::seconds> retry_after, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  WaitLonger(retry_after, reason);
  changed_.notify_all();
}

void Circuit::NoteFailure(std::optional<std::chrono::seconds> retry_after,
                          const std::string& reason) {
  const std::lock_guard lock(mutex_);
  ++failures_;
  WaitLonger(retry_after, reason);
  changed_.notify_all();
}

void Circuit::NoteGone(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  is_gone_ = true;
  reason_ = reason;
  changed_.notify_all();
}

void Circuit::NoteNothingLeft() {
  const std::lock_guard lock(mutex_);
  failures_ = std::min(failures_, kFailuresToOpen - 1);
}

void Circuit::Pause() {
  const std::lock_guard lock(mutex_);
  is_paused_ = true;
}

void Circuit::Resume() {
  const std::lock_guard lock(mutex_);
  is_paused_ = false;
  is_gone_ = false;
  not_before_ = {};
  changed_.notify_all();
}

void Circuit::Stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

bool Circuit::IsOpen() const {
  const std::lock_guard lock(mutex_);
  return IsOpenLocked();
}

std::optional<SinkError> Circuit::Trouble() const {
  const std::lock_guard lock(mutex_);
  if (is_gone_) {
    return SinkError{SinkErrorClass::kRefused,
                     reason_ + "; nothing is sent until an operator resumes the sink", ""};
  }
  if (IsOpenLocked()) {
    return SinkError{SinkErrorClass::kConnection, "the circuit is open: " + reason_, ""};
  }
  return std::nullopt;
}

std::string Circuit::LastReason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

}  // namespace oncegate::webhook
