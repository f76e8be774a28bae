#include "server/ingest/journal_writer.h"

#include <iterator>
#include <utility>

#include "server/config/limits.h"

namespace oncegate {
namespace {

// Removals alone are not synced, until there are so many.
constexpr std::size_t kUnsyncedRemovalsMax = 4096;

void MoveTo(std::vector<JournalWrite::Removal>* target,
            std::vector<JournalWrite::Removal>* removals) {
  std::move(removals->begin(), removals->end(), std::back_inserter(*target));
  removals->clear();
}

}  // namespace

JournalWriter::JournalWriter(JournalStore* store, const IngestDependencies& dependencies)
    : store_(store),
      clock_(dependencies.clock),
      logger_(dependencies.logger),
      observer_(&dependencies.observer->ForStore()) {}

JournalWriter::~JournalWriter() { Stop(); }

void JournalWriter::Append(JournalAppend append) {
  {
    std::lock_guard lock(mutex_);
    appends_.push_back(std::move(append));
  }
  wake_.notify_one();
}

void JournalWriter::Remove(std::string stream, std::uint64_t position) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = removals_.empty();
    removals_.push_back({std::move(stream), position});
  }
  if (first) wake_.notify_one();
}

void JournalWriter::Start() {
  thread_ = std::thread([this] { Run(); });
}

void JournalWriter::Stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void JournalWriter::Run() {
  for (;;) {
    const std::optional<SteadyTime> due = RunOnce();
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return stopping_ || !appends_.empty() || !removals_.empty(); };
    if (stopping_ && appends_.empty() && (removals_.empty() || due)) return;
    if (due && appends_.empty() && !stopping_) {
      // The store has failed: removals can wait, appends are told at once.
      wake_.wait_until(lock, *due, [this] { return stopping_ || !appends_.empty(); });
    } else {
      wake_.wait(lock, ready);
    }
  }
}

std::vector<JournalAppend> JournalWriter::TakeAppends() {
  std::vector<JournalAppend> appends;
  std::size_t bytes = 0;
  while (!appends_.empty() && bytes < limits::kJournalWriteBytes) {
    bytes += appends_.front().events.size();
    appends.push_back(std::move(appends_.front()));
    appends_.pop_front();
  }
  return appends;
}

std::optional<SteadyTime> JournalWriter::RunOnce() {
  std::vector<JournalAppend> appends;
  {
    std::lock_guard lock(mutex_);
    appends = TakeAppends();
    MoveTo(&unwritten_, &removals_);
  }
  if (!PrepareStore()) {
    Fail(std::move(appends));
    return reopen_at_;
  }
  if (appends.empty() && unwritten_.empty() && doubtful_.empty()) return std::nullopt;
  const bool synced = !appends.empty() || !doubtful_.empty() ||
                      unsynced_.size() + unwritten_.size() >= kUnsyncedRemovalsMax;
  const Status written = Write(appends, synced);
  if (!written) {
    logger_->Log(LogLevel::kError,
                 "The journal can not be written; nothing is accepted until it can",
                 {{"error", std::string_view(written.error().message)}});
    observer_->OnError();
    for (const JournalAppend& append : appends) {
      doubtful_.push_back({append.stream, append.position});
    }
    Fail(std::move(appends));
    reopen_at_ = backoff_.Next(clock_->Now());
    return reopen_at_;
  }
  MoveTo(&unsynced_, &unwritten_);
  if (synced) unsynced_.clear();
  doubtful_.clear();
  for (JournalAppend& append : appends) append.done(true, std::move(append.events));
  std::lock_guard lock(mutex_);
  return appends_.empty() ? std::nullopt : std::optional(clock_->Now());
}

bool JournalWriter::PrepareStore() {
  if (!store_->IsPoisoned()) return true;
  const SteadyTime now = clock_->Now();
  if (now < reopen_at_) return false;
  const Status reopened = store_->Reopen();
  if (reopened) {
    MoveTo(&unwritten_, &unsynced_);
    backoff_.Reset();
    return true;
  }
  logger_->Log(LogLevel::kError,
               "The journal can not be reopened; nothing is accepted until it can",
               {{"error", std::string_view(reopened.error().message)}});
  reopen_at_ = backoff_.Next(now);
  return false;
}

Status JournalWriter::Write(const std::vector<JournalAppend>& appends, bool synced) {
  JournalWrite write;
  write.appends.reserve(appends.size());
  for (const JournalAppend& append : appends) {
    write.appends.push_back({append.stream, append.position, append.accepted_at, append.events});
  }
  write.removals = doubtful_;
  write.removals.insert(write.removals.end(), unwritten_.begin(), unwritten_.end());
  write.synced = synced;
  return store_->Write(write);
}

void JournalWriter::Fail(std::vector<JournalAppend> appends) {
  for (JournalAppend& append : appends) append.done(false, std::move(append.events));
}

}  // namespace oncegate
