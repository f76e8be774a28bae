#include "sinks/webhook/delivery_board.h"

#include <algorithm>
#include <utility>

namespace oncegate::webhook {
namespace {

// Nobody may come back for them; a verdict that reads "applied" for a dead letter is still settled.
constexpr std::size_t kDeadLettersMax = 100'000;

}  // namespace

void DeliveryBoard::StartAt(std::int64_t next_number) {
  const std::lock_guard lock(mutex_);
  next_number_ = std::max(next_number_, next_number);
}

void DeliveryBoard::NoteOrphans() {
  const std::lock_guard lock(mutex_);
  ++abandoned_;
  changed_.notify_all();
}

std::int64_t DeliveryBoard::NextNumber() {
  const std::lock_guard lock(mutex_);
  return next_number_++;
}

void DeliveryBoard::Own(EntryRange range) {
  if (range.IsEmpty()) return;
  const std::lock_guard lock(mutex_);
  owned_[range.first] = range.last;
}

void DeliveryBoard::Finish(EntryRange range) {
  const std::lock_guard lock(mutex_);
  owned_.erase(range.first);
}

void DeliveryBoard::Abandon(EntryRange range) {
  if (range.IsEmpty()) return;
  const std::lock_guard lock(mutex_);
  owned_.erase(range.first);
  ++abandoned_;
  changed_.notify_all();
}

bool DeliveryBoard::AwaitNoOrphans(std::chrono::steady_clock::time_point deadline,
                                   const std::function<bool()>& is_hopeless) {
  std::unique_lock lock(mutex_);
  while (drained_ != abandoned_) {
    if (is_stopped_ || is_hopeless()) return false;
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
      return drained_ == abandoned_;
    }
  }
  return true;
}

bool DeliveryBoard::IsEmpty() const {
  const std::lock_guard lock(mutex_);
  return owned_.empty() && drained_ == abandoned_;
}

std::optional<std::uint64_t> DeliveryBoard::AwaitOrphans() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_stopped_ || drained_ != abandoned_; });
  if (is_stopped_) return std::nullopt;
  return abandoned_;
}

std::optional<EntryRange> DeliveryBoard::OwnerOf(std::int64_t number) const {
  const std::lock_guard lock(mutex_);
  auto owner = owned_.upper_bound(number);
  if (owner == owned_.begin()) return std::nullopt;
  --owner;
  if (owner->second < number) return std::nullopt;
  return EntryRange{owner->first, owner->second};
}

void DeliveryBoard::NoteNoOrphans(std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  drained_ = generation;
  changed_.notify_all();
}

void DeliveryBoard::Wake() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void DeliveryBoard::Stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

void DeliveryBoard::NoteDeadLetter(const std::string& message_id, const std::string& detail) {
  const std::lock_guard lock(mutex_);
  if (dead_letters_.size() >= kDeadLettersMax) dead_letters_.clear();
  dead_letters_[message_id] = detail;
}

std::optional<std::string> DeliveryBoard::TakeDeadLetter(const std::string& message_id) {
  const std::lock_guard lock(mutex_);
  auto found = dead_letters_.extract(message_id);
  if (found.empty()) return std::nullopt;
  return std::move(found.mapped());
}

void DeliveryBoard::ForgetDeadLetters(std::span<const std::string> message_ids) {
  const std::lock_guard lock(mutex_);
  if (dead_letters_.empty()) return;
  for (const std::string& id : message_ids) dead_letters_.erase(id);
}

bool DeliveryBoard::HasDeadLetters() const {
  const std::lock_guard lock(mutex_);
  return !dead_letters_.empty();
}

}  // namespace oncegate::webhook
