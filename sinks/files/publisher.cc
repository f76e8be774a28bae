#include "sinks/files/publisher.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sinks/files/part_table.h"
#include "sinks/files/publish.h"

namespace oncegate::files {
namespace {

using sqlite::Database;
using Needs = sqlite::SessionSlot::Needs;

constexpr std::chrono::milliseconds kRetryMin{50};
constexpr std::chrono::milliseconds kRetryMax{5'000};

}  // namespace

Publisher::Publisher(Layout layout, sqlite::ConnectionSettings manifest,
                     std::chrono::milliseconds roll_interval, sqlite::OpenSessions* sessions)
    : layout_(std::move(layout)),
      manifest_(std::move(manifest)),
      roll_interval_(roll_interval),
      sessions_(sessions) {}

Publisher::~Publisher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  if (Connect()) static_cast<void>(CloseAndPublishParts(layout_, *slot_));
}

void Publisher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Publisher::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

SinkStatus Publisher::Health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void Publisher::Run() {
  Clock::time_point due = Clock::now();
  std::chrono::milliseconds pause = kRetryMin;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_until(lock, due, [this] { return stopping_ || woken_; });
    if (stopping_) return;
    woken_ = false;
    lock.unlock();
    const SinkResult<Clock::time_point> next = RunPass();
    lock.lock();
    if (next) {
      health_ = SinkStatus();
      due = *next;
      pause = kRetryMin;
      continue;
    }
    // Behind another writer of the manifest it has to wait, and that is nobody's trouble.
    if (next.error().error_class != SinkErrorClass::kRestart) health_ = next.error();
    due = Clock::now() + pause;
    pause = std::min(2 * pause, kRetryMax);
  }
}

SinkResult<Publisher::Clock::time_point> Publisher::RunPass() {
  if (SinkStatus connected = Connect(); !connected) return connected.error();
  SinkResult<Clock::time_point> next = CloseAged();
  if (!next) return next;
  if (SinkStatus published = PublishParts(layout_, *slot_); !published) return published.error();
  return next;
}

SinkStatus Publisher::Connect() {
  const auto check = [](Database& database) { return database.connection().CheckFiles(); };
  if (slot_ != nullptr && slot_->Use(Needs::kNothing, check)) return {};
  slot_.reset();
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot = sessions_->Open(manifest_);
  if (!slot) return slot.error();
  slot_ = std::move(*slot);
  return {};
}

SinkResult<Publisher::Clock::time_point> Publisher::CloseAged() {
  SinkResult<std::vector<Part>> open = slot_->Use(
      Needs::kNothing, [](Database& database) { return ListOpenParts(database.connection()); });
  if (!open) return open.error();
  const Clock::time_point now = Clock::now();
  std::map<std::string, Clock::time_point> opened;
  std::vector<std::string> aged;
  Clock::time_point next = now + roll_interval_;
  for (const Part& part : *open) {
    const auto known = opened_.find(part.name);
    const Clock::time_point since = known == opened_.end() ? now : known->second;
    if (since + roll_interval_ <= now) {
      aged.push_back(part.name);
    } else {
      next = std::min(next, since + roll_interval_);
    }
    opened.emplace(part.name, since);
  }
  opened_ = std::move(opened);
  if (aged.empty()) return next;
  const SinkStatus closed = slot_->Use(Needs::kNothing, [&](Database& database) {
    return InTransaction(database.connection(), [&]() -> SinkStatus {
      for (const std::string& name : aged) {
        if (SinkStatus done = ClosePart(database.connection(), name); !done) return done;
      }
      return {};
    });
  });
  if (!closed) return closed.error();
  return next;
}

}  // namespace oncegate::files
