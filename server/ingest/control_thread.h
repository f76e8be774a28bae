// ControlThread: runs control tasks and maintenance of one sink, one at a time, on a session of its
// own, so that an administrator never waits behind a lane and never holds one up.
//
// Thread-safe. Start and Stop are called once each.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/ingest/backoff.h"
#include "server/ingest/clock.h"
#include "server/ingest/sink_runtime.h"
#include "sinks/sink.h"

namespace oncegate {

struct ControlTask {
  SteadyTime deadline;
  /// Does the work and answers the caller itself when it succeeds. An error means that nothing was
  /// answered: the task is run again on a fresh or rolled back session until the deadline.
  std::function<SinkStatus(SinkSession*)> run;
  /// Answers the caller when the deadline has passed first; `reason` is the last error.
  std::function<void(const std::string& reason)> give_up;
};

class ControlThread {
 public:
  /// One slice of background work; answers when the next one is due.
  using Background = std::function<SinkResult<SteadyTime>(SinkSession*)>;

  ControlThread(Clock* clock, SinkRuntime* sink, Background background);
  ~ControlThread();

  void Start();
  /// Gives up what is queued, ends the thread.
  void Stop();
  void Post(ControlTask task);

  /// Before Start only: the session for the application's own checks; connects if need be.
  SinkResult<SinkSession*> Session();

 private:
  void Run();
  std::optional<ControlTask> NextTask(SteadyTime until);
  void RunTask(const ControlTask& task);
  void RunBackground();
  bool WaitUntil(SteadyTime time);

  Clock* const clock_;
  SinkRuntime* const sink_;
  const Background background_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<ControlTask> tasks_;  // Guarded by mutex_.
  bool stopping_ = false;          // Guarded by mutex_.

  // Of the thread.
  std::unique_ptr<SinkSession> session_;
  SteadyTime background_due_{};
  Backoff background_backoff_;
  std::thread thread_;
};

}  // namespace oncegate
