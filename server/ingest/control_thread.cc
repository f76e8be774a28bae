#include "server/ingest/control_thread.h"

#include <algorithm>
#include <utility>

namespace oncegate {

ControlThread::ControlThread(Clock* clock, SinkRuntime* sink, Background background)
    : clock_(clock), sink_(sink), background_(std::move(background)) {}

ControlThread::~ControlThread() { Stop(); }

void ControlThread::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ControlThread::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (ControlTask& task : tasks_) task.give_up("the service is shutting down");
  tasks_.clear();
}

void ControlThread::Post(ControlTask task) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      tasks_.push_back(std::move(task));
      wake_.notify_all();
      return;
    }
  }
  task.give_up("the service is shutting down");
}

SinkResult<SinkSession*> ControlThread::Session() {
  if (!session_ || !session_->IsUsable()) {
    session_.reset();
    SinkResult<std::unique_ptr<SinkSession>> session = sink_->Connect();
    if (!session) return session.error();
    session_ = std::move(*session);
  }
  return session_.get();
}

void ControlThread::Run() {
  for (;;) {
    if (std::optional<ControlTask> task = NextTask(background_due_)) {
      RunTask(*task);
      continue;
    }
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    if (clock_->Now() >= background_due_) RunBackground();
  }
}

std::optional<ControlTask> ControlThread::NextTask(SteadyTime until) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, until, [this] { return stopping_ || !tasks_.empty(); });
  if (stopping_ || tasks_.empty()) return std::nullopt;
  ControlTask task = std::move(tasks_.front());
  tasks_.pop_front();
  return task;
}

bool ControlThread::WaitUntil(SteadyTime time) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void ControlThread::RunTask(const ControlTask& task) {
  Backoff backoff;
  std::string reason = "the call was queued for too long";
  while (clock_->Now() < task.deadline) {
    SinkResult<SinkSession*> session = Session();
    SinkStatus status = session ? task.run(*session) : SinkStatus(session.error());
    if (status) return;
    reason = status.error().message;
    if (session_ && session_->IsUsable()) session_->Rollback();
    if (!WaitUntil(std::min(backoff.Next(clock_->Now()), task.deadline))) break;
  }
  task.give_up(reason);
}

void ControlThread::RunBackground() {
  SinkResult<SinkSession*> session = Session();
  SinkResult<SteadyTime> next =
      session ? background_(*session) : SinkResult<SteadyTime>(session.error());
  if (next) {
    background_backoff_.Reset();
    background_due_ = *next;
    return;
  }
  if (session_ && session_->IsUsable()) session_->Rollback();
  background_due_ = background_backoff_.Next(clock_->Now());
}

}  // namespace oncegate
