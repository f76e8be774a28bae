#include "dedupe/store/guarded_database.h"

#include <utility>

#include "dedupe/store/files.h"

namespace oncegate::store {

leveldb::ReadOptions CheckedReadOptions() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

Result<std::unique_ptr<GuardedDatabase>> GuardedDatabase::Open(const DatabaseOptions& options) {
  if (auto ready = EnsureDirectory(options.directory); !ready) return ready.error();
  auto lock = StoreLock::Acquire(options.directory);
  if (!lock) return lock.error();
  std::unique_ptr<GuardedDatabase> guarded(new GuardedDatabase(options, std::move(*lock)));
  if (auto opened = guarded->OpenAgain(); !opened) return opened.error();
  return guarded;
}

std::shared_lock<std::shared_mutex> GuardedDatabase::Enter() {
  if (reopening_) const std::lock_guard wait(reopen_mutex_);
  return std::shared_lock(lifetime_mutex_);
}

Status GuardedDatabase::OpenAgain() {
  auto database = OpenDatabase(options_);
  if (!database) return database.error();
  next_ordinal_ = database->first_ordinal;
  database_.emplace(std::move(*database));
  return Ok();
}

Status GuardedDatabase::Reopen(const std::function<void()>& closed) {
  const std::lock_guard reopening(reopen_mutex_);
  reopening_ = true;
  const std::unique_lock lifetime(lifetime_mutex_);
  reopening_ = false;
  database_.reset();
  closed();
  if (auto opened = OpenAgain(); !opened) {
    Poison(opened.error().message);
    return opened;
  }
  poisoned_.store(false, std::memory_order_release);
  return Ok();
}

Status GuardedDatabase::Write(leveldb::WriteBatch* batch, Durability durability,
                              const std::function<void()>& applied) {
  const std::shared_lock lifetime = Enter();
  const std::lock_guard writing(write_mutex_);
  if (IsPoisoned()) return PoisonError();
  leveldb::WriteOptions options;
  options.sync = durability == Durability::kFsynced;
  const leveldb::Status written = database_->leveldb->Write(options, batch);
  if (written.ok()) {
    applied();
    return Ok();
  }
  if (written.IsCorruption()) RequestWholeCheck(options_.directory);  // A compaction met it.
  Poison(written.ToString());
  return Error{std::string("writing to ") + options_.words->noun +
               " failed: " + written.ToString()};
}

Error GuardedDatabase::ReadFailed(const leveldb::Status& status) {
  const Error error{std::string("reading ") + options_.words->noun +
                    " failed: " + status.ToString()};
  return status.IsCorruption() ? FoundDamage(error) : error;
}

Error GuardedDatabase::FoundDamage(const Error& damage) {
  RequestWholeCheck(options_.directory);
  Poison(damage.message);
  return damage;
}

void GuardedDatabase::Poison(const std::string& reason) {
  {
    const std::lock_guard guard(reason_mutex_);
    poison_reason_ = reason;
  }
  poisoned_.store(true, std::memory_order_release);
}

Error GuardedDatabase::PoisonError() const {
  const std::lock_guard guard(reason_mutex_);
  return Error{std::string(options_.words->noun) + " must be reopened after: " + poison_reason_};
}

}  // namespace oncegate::store
