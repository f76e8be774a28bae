// JournalWriter: one thread that writes the journal. Whatever waits when it comes round is one
// write with one fsync, so that many requests share the wait for the disk.
//
// After a failed write nothing is accepted until the store was reopened; what the failed write held
// is removed before the next append, since nobody was told that it was accepted.
//
// Thread-safe. Either Start and Stop are called, once each, or RunOnce by the one thread that
// drives the writer instead (a simulator's).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dedupe/store/journal_store.h"
#include "server/ingest/backoff.h"
#include "server/ingest/engine.h"

namespace oncegate {

/// One entry on its way to the disk.
struct JournalAppend {
  std::string stream;
  std::uint64_t position = 0;
  WallTime accepted_at;
  std::string events;
  /// Runs exactly once on the writer's thread, in order of the appends: true once the entry is on
  /// disk for good. Gets the events back.
  std::function<void(bool written, std::string events)> done;
};

class JournalWriter {
 public:
  JournalWriter(JournalStore* store, const IngestDependencies& dependencies);
  ~JournalWriter();

  void Append(JournalAppend append);
  /// The entry is settled; it is removed with the next write.
  void Remove(std::string stream, std::uint64_t position);

  void Start();
  /// Writes what waits, and ends the thread.
  void Stop();

  /// One step: writes what waits, as one group. Returns when to come again without an Append;
  /// nullopt: nothing to do until an Append or a Remove.
  std::optional<SteadyTime> RunOnce();

 private:
  void Run();
  std::vector<JournalAppend> TakeAppends();
  bool PrepareStore();
  Status Write(const std::vector<JournalAppend>& appends, bool synced);
  void Fail(std::vector<JournalAppend> appends);

  JournalStore* const store_;
  Clock* const clock_;
  Logger* const logger_;
  StoreObserver* const observer_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<JournalAppend> appends_;            // Guarded by mutex_.
  std::vector<JournalWrite::Removal> removals_;  // Guarded by mutex_.
  bool stopping_ = false;                        // Guarded by mutex_.

  // Of the writing thread.
  std::vector<JournalWrite::Removal> unwritten_;  // Removals to be made.
  /// Removals that were made, but not synced. A disk that fails may take them back, and nobody
  /// would forward the entries before the next start; so they are made again once the store was
  /// reopened.
  std::vector<JournalWrite::Removal> unsynced_;
  std::vector<JournalWrite::Removal> doubtful_;  // Appends of failed writes: there, or not.
  Backoff backoff_;
  SteadyTime reopen_at_{};
  std::thread thread_;
};

}  // namespace oncegate
