// IdFilter: a KeyFilter over all stored ids, so that a new id is told from a remembered one without
// asking LevelDB, which looks into a table of every level. It is built by reading the ids through
// in the background, a slice at a time, and is of no help until that is done: tens of seconds for
// 50 million ids. Ids that were removed stay in it; once as many were added as it has room for, it
// is built again beside itself and replaced.
//
// Thread-safe. A thread of its own from construction to destruction.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "dedupe/store/guarded_database.h"
#include "dedupe/store/key_filter.h"

namespace oncegate::store {

class IdFilter {
 public:
  /// `database` outlives the filter.
  explicit IdFilter(GuardedDatabase* database);
  ~IdFilter();

  /// Denies only ids whose write had not returned at this call; null while it is being built.
  std::shared_ptr<const KeyFilter> Get();

  /// After these keys were written, before the write returns.
  void Add(std::span<const std::string> keys);

  /// Forgets everything and builds anew: the database may hold other ids than were added.
  void Restart();

 private:
  enum class Scan : std::uint8_t { kDone, kFailed, kObsolete };

  void Run();
  Scan Build(std::unique_lock<std::mutex>* lock);
  Scan AddStored(KeyFilter* filter, std::uint64_t restarts);
  Status AddSlice(KeyFilter* filter, std::string* position, bool* ended);
  bool IsObsolete(std::uint64_t restarts);
  std::uint64_t EstimateIds();

  GuardedDatabase* const database_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::shared_ptr<KeyFilter> current_;
  std::shared_ptr<KeyFilter> next_;  // While it is built.
  std::uint64_t restarts_ = 0;
  bool failed_ = false;  // Reading failed: only a restart helps.
  bool stopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace oncegate::store
