// GuardedDatabase: the open database behind its two guards.
//
// Poison: LevelDB 1.23 goes on accepting writes after one failed, and loses them at the next
// opening although they were fsynced. So the first failure closes the door: every call fails until
// Reopen. Writes pass one at a time, or a write could be acknowledged behind a failure that its
// thread has not seen yet. Damage found while reading poisons as well.
//
// Lifetime: readers and writers share `lifetime_mutex_`, Reopen takes it alone, so nobody holds an
// iterator when the database closes.
//
// Thread-safe.
#pragma once

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

#include "dedupe/store/open_database.h"
#include "dedupe/store/store_lock.h"
#include "dedupe/types/result.h"

namespace oncegate::store {

enum class Durability : std::uint8_t { kBuffered, kFsynced };

class GuardedDatabase {
 public:
  static Result<std::unique_ptr<GuardedDatabase>> Open(const DatabaseOptions& options);

  /// Runs `body` with the open database; `body` returns a Result or Status, which is passed on. No
  /// iterator may outlive it.
  template <typename Body>
  auto Read(Body body) -> decltype(body(std::declval<leveldb::DB&>())) {
    const std::shared_lock lifetime = Enter();
    if (IsPoisoned()) return PoisonError();
    return body(*database_->leveldb);
  }

  /// `applied` runs after a success, before the next write begins.
  Status Write(
      leveldb::WriteBatch* batch, Durability durability,
      const std::function<void()>& applied = [] {});

  /// To be called within Read for what LevelDB, or a value codec, could not read; returns the error
  /// to pass on.
  Error ReadFailed(const leveldb::Status& status);
  Error FoundDamage(const Error& damage);

  /// Larger than every ordinal handed out before, also by earlier processes.
  std::uint64_t NextOrdinal() { return next_ordinal_.fetch_add(1, std::memory_order_relaxed); }

  bool IsPoisoned() const { return poisoned_.load(std::memory_order_acquire); }
  /// `closed` runs while nobody reads or writes: what was known of the content may not hold after.
  Status Reopen(const std::function<void()>& closed = [] {});

  const std::filesystem::path& directory() const { return options_.directory; }

 private:
  GuardedDatabase(const DatabaseOptions& options, StoreLock lock)
      : options_(options), lock_(std::move(lock)) {}

  std::shared_lock<std::shared_mutex> Enter();
  Status OpenAgain();
  void Poison(const std::string& reason);
  Error PoisonError() const;

  const DatabaseOptions options_;
  const StoreLock lock_;
  // Holds newcomers back while Reopen waits: a shared_mutex lets readers pass a waiting writer, so
  // that busy lanes would keep it waiting for ever. Taken before lifetime_mutex_.
  std::mutex reopen_mutex_;
  std::atomic<bool> reopening_ = false;
  std::shared_mutex lifetime_mutex_;
  std::optional<Database> database_;  // Empty only while poisoned.
  std::mutex write_mutex_;            // Taken after lifetime_mutex_.
  std::atomic<std::uint64_t> next_ordinal_ = 0;
  std::atomic<bool> poisoned_ = false;
  mutable std::mutex reason_mutex_;
  std::string poison_reason_;  // Under reason_mutex_.
};

/// Every read of the store checks LevelDB's checksums.
leveldb::ReadOptions CheckedReadOptions();

inline std::string_view ViewOf(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }
inline leveldb::Slice SliceOf(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace oncegate::store
