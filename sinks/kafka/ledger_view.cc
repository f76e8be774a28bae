#include "sinks/kafka/ledger_view.h"

#include <algorithm>

namespace oncegate::kafka {

void LedgerView::Load(std::string_view key, std::optional<std::string_view> value) {
  if (value) {
    records_.insert_or_assign(std::string(key), std::string(*value));
  } else if (const auto found = records_.find(key); found != records_.end()) {
    records_.erase(found);
  }
}

std::optional<std::string> LedgerView::Find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  return found->second;
}

void LedgerView::Scan(
    std::string_view prefix, std::string_view after,
    const std::function<bool(std::string_view key, const std::string& value)>& take) const {
  const std::lock_guard lock(mutex_);
  auto record = after < prefix ? records_.lower_bound(prefix) : records_.upper_bound(after);
  for (; record != records_.end() && record->first.starts_with(prefix); ++record) {
    if (!take(record->first, record->second)) return;
  }
}

bool LedgerView::Lock(const std::string& key, const void* owner,
                      std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto take = [&] { return locks_.try_emplace(key, owner).first->second == owner; };
  return unlocked_.wait_until(lock, deadline, take);
}

void LedgerView::Unlock(const std::vector<std::string>& keys) {
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : keys) locks_.erase(key);
  }
  unlocked_.notify_all();
}

void LedgerView::Apply(const LedgerChanges& changes) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, value] : changes) {
    if (value) {
      records_.insert_or_assign(key, *value);
    } else {
      records_.erase(key);
    }
  }
}

}  // namespace oncegate::kafka
