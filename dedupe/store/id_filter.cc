#include "dedupe/store/id_filter.h"

#include <leveldb/iterator.h>

#include <algorithm>
#include <utility>

#include "dedupe/store/key_codec.h"

namespace oncegate::store {
namespace {

constexpr std::uint64_t kIdsMin = 1'000'000;  // Room in the smallest filter, 1.5 MB.
constexpr std::uint64_t kBytesPerId = 50;     // On disk, rather too few than too many.
constexpr std::uint64_t kSliceIds = 20'000;   // Some ten milliseconds.

std::uint64_t RoomFor(std::uint64_t ids) { return std::max(kIdsMin, ids + ids / 2); }

}  // namespace

IdFilter::IdFilter(GuardedDatabase* database) : database_(database), thread_([this] { Run(); }) {}

IdFilter::~IdFilter() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::shared_ptr<const KeyFilter> IdFilter::Get() {
  const std::lock_guard guard(mutex_);
  return current_;
}

void IdFilter::Add(std::span<const std::string> keys) {
  if (keys.empty()) return;
  std::shared_ptr<KeyFilter> current;
  std::shared_ptr<KeyFilter> next;
  {
    // A filter that is not there yet will be filled from the database, which holds the keys.
    const std::lock_guard guard(mutex_);
    current = current_;
    next = next_;
  }
  for (const std::string& key : keys) {
    if (current) current->Add(key);
    if (next) next->Add(key);
  }
  if (current && current->IsOverfull()) changed_.notify_all();
}

void IdFilter::Restart() {
  {
    const std::lock_guard guard(mutex_);
    ++restarts_;
    current_.reset();
    next_.reset();
    failed_ = false;
  }
  changed_.notify_all();
}

void IdFilter::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(
        lock, [this] { return stopping_ || (!failed_ && (!current_ || current_->IsOverfull())); });
    if (stopping_) return;
    switch (Build(&lock)) {
      case Scan::kDone:
        current_ = std::exchange(next_, nullptr);
        break;
      case Scan::kFailed:
        failed_ = true;
        next_.reset();
        break;
      case Scan::kObsolete:
        break;
    }
  }
}

/// Called and left with the lock held; `next_` is the new filter if it is done.
IdFilter::Scan IdFilter::Build(std::unique_lock<std::mutex>* lock) {
  const std::uint64_t restarts = restarts_;
  const std::uint64_t ids_known = current_ ? current_->added() : 0;
  lock->unlock();
  const std::uint64_t ids = std::max(ids_known, EstimateIds());
  const auto filter = std::make_shared<KeyFilter>(RoomFor(ids));
  lock->lock();
  if (stopping_ || restarts != restarts_) return Scan::kObsolete;
  // From here on writes add their ids, and what was written before is seen by the slices.
  next_ = filter;
  lock->unlock();
  const Scan scan = AddStored(filter.get(), restarts);
  lock->lock();
  return stopping_ || restarts != restarts_ ? Scan::kObsolete : scan;
}

IdFilter::Scan IdFilter::AddStored(KeyFilter* filter, std::uint64_t restarts) {
  std::string position = FamilyPrefix(Family::kId);
  for (bool ended = false; !ended;) {
    if (IsObsolete(restarts)) return Scan::kObsolete;
    if (!AddSlice(filter, &position, &ended)) return Scan::kFailed;
  }
  return Scan::kDone;
}

Status IdFilter::AddSlice(KeyFilter* filter, std::string* position, bool* ended) {
  return database_->Read([&](leveldb::DB& leveldb) -> Status {
    leveldb::ReadOptions options = CheckedReadOptions();
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> record(leveldb.NewIterator(options));
    const std::string family = FamilyPrefix(Family::kId);
    const auto is_inside = [&] { return record->Valid() && record->key().starts_with(family); };
    std::uint64_t examined = 0;
    for (record->Seek(*position); is_inside() && examined < kSliceIds; record->Next()) {
      filter->Add(ViewOf(record->key()));
      ++examined;
    }
    if (!record->status().ok()) return database_->ReadFailed(record->status());
    *ended = !is_inside();
    if (!*ended) *position = record->key().ToString();
    return Ok();
  });
}

bool IdFilter::IsObsolete(std::uint64_t restarts) {
  const std::lock_guard guard(mutex_);
  return stopping_ || restarts != restarts_;
}

std::uint64_t IdFilter::EstimateIds() {
  const std::string first = FamilyPrefix(Family::kId);
  const std::string end = EndOfPrefix(first);
  const auto bytes = database_->Read([&](leveldb::DB& leveldb) -> Result<std::uint64_t> {
    const leveldb::Range family(first, end);
    std::uint64_t size = 0;
    leveldb.GetApproximateSizes(&family, 1, &size);
    return size;
  });
  return bytes ? *bytes / kBytesPerId : 0;
}

}  // namespace oncegate::store
