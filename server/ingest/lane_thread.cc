#include "server/ingest/lane_thread.h"

#include <algorithm>

namespace oncegate {

LaneThread::LaneThread(const LaneSettings& settings, const IngestDependencies& dependencies,
                       SinkRuntime* sink)
    : clock_(dependencies.clock), lane_(settings, dependencies, sink) {}

LaneThread::~LaneThread() {
  if (!thread_.joinable()) return;
  FinishBy(clock_->Now());
  Join();
}

void LaneThread::Start() {
  thread_ = std::thread([this] { Run(); });
}

void LaneThread::FinishBy(SteadyTime deadline) {
  {
    std::lock_guard lock(mutex_);
    finish_by_ = deadline;
  }
  lane_.Wake();
}

bool LaneThread::Join() {
  if (thread_.joinable()) thread_.join();
  return finished_;
}

std::optional<SteadyTime> LaneThread::FinishDeadline() const {
  std::lock_guard lock(mutex_);
  return finish_by_;
}

void LaneThread::Run() {
  for (;;) {
    std::optional<SteadyTime> due = lane_.RunOnce();
    if (const std::optional<SteadyTime> finish_by = FinishDeadline()) {
      if (lane_.IsIdle()) return;
      if (lane_.CanBeLeft()) {
        lane_.ExpireAll(Code::kShuttingDown);
        return;
      }
      if (clock_->Now() >= *finish_by) {
        finished_ = false;
        lane_.ExpireAll(Code::kShuttingDown);
        return;
      }
      due = due ? std::min(*due, *finish_by) : *finish_by;
    }
    if (due && *due <= clock_->Now()) continue;
    lane_.Wait(due);
  }
}

}  // namespace oncegate
