// Publisher: the thread that publishes parts: those that were closed at once, open ones when they
// reach their age, with or without traffic, and all of them when it ends.
//
// Thread-safe. It has a connection of its own, so that no lane waits for a rename.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "sinks/files/layout.h"
#include "sinks/sink.h"
#include "sinks/sqlite/session.h"

namespace oncegate::files {

class Publisher {
 public:
  /// `sessions` outlives it.
  Publisher(Layout layout, sqlite::ConnectionSettings manifest,
            std::chrono::milliseconds roll_interval, sqlite::OpenSessions* sessions);
  /// Publishes what is open, if it was started; what can not be waits for the next start.
  ~Publisher();

  void Start();
  /// A part was opened or closed.
  void Wake();
  /// The error of the last pass; it is tried again in a while. What is committed meanwhile would
  /// pile up unseen, so nothing should be.
  SinkStatus Health() const;

 private:
  using Clock = std::chrono::steady_clock;

  void Run();
  /// Answers when the next part reaches its age.
  SinkResult<Clock::time_point> RunPass();
  SinkStatus Connect();
  SinkResult<Clock::time_point> CloseAged();

  const Layout layout_;
  const sqlite::ConnectionSettings manifest_;
  const std::chrono::milliseconds roll_interval_;
  sqlite::OpenSessions* const sessions_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;     // Guarded by mutex_.
  bool stopping_ = false;  // Guarded by mutex_.
  SinkStatus health_;      // Guarded by mutex_.

  // Of the thread.
  std::shared_ptr<sqlite::SessionSlot> slot_;
  std::map<std::string, Clock::time_point> opened_;  // By part, as far as this thread has seen it.
  std::thread thread_;
};

}  // namespace oncegate::files
