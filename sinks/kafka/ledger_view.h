// LedgerView: the committed records of the ledger topic, in memory, and who is about to change
// which of them. It is true as long as nobody else may write the ledger (see ownership.h).
//
// Thread-safe, except Load.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace oncegate::kafka {

/// Records by key; an empty value takes the record out.
using LedgerChanges = std::map<std::string, std::optional<std::string>, std::less<>>;

class LedgerView {
 public:
  /// Before anybody else uses the view.
  void Load(std::string_view key, std::optional<std::string_view> value);

  std::optional<std::string> Find(std::string_view key) const;
  /// Gives the records whose key begins with `prefix` and is above `after`, in byte order, until
  /// `take` answers false. `take` must not call the view.
  void Scan(std::string_view prefix, std::string_view after,
            const std::function<bool(std::string_view key, const std::string& value)>& take) const;

  /// Until Unlock nobody else gets the key; false if somebody else kept it until `deadline`.
  /// Locking twice is locking once.
  bool Lock(const std::string& key, const void* owner,
            std::chrono::steady_clock::time_point deadline);
  void Unlock(const std::vector<std::string>& keys);
  /// What was committed.
  void Apply(const LedgerChanges& changes);

 private:
  mutable std::mutex mutex_;
  std::condition_variable unlocked_;
  std::map<std::string, std::string, std::less<>> records_;  // Guarded by mutex_.
  std::unordered_map<std::string, const void*> locks_;       // Guarded by mutex_.
};

}  // namespace oncegate::kafka
