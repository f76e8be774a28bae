// SinkRuntime: one sink while the process runs, as its lanes and its control thread share it.
//
// Thread-safe; owned by the engine.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "server/ingest/control.h"
#include "server/ingest/observer.h"
#include "sinks/sink.h"

namespace oncegate {

class SinkRuntime {
 public:
  SinkRuntime(std::string name, std::string type, std::unique_ptr<Sink> sink, std::uint32_t lanes,
              SinkObserver* observer);

  const std::string& name() const { return name_; }
  const std::string& type() const { return type_; }
  std::uint32_t lanes() const { return lanes_; }
  SinkObserver* observer() const { return observer_; }

  /// Connects and takes note of how it went.
  SinkResult<std::unique_ptr<SinkSession>> Connect();
  /// An open session turned out to be dead, or works again.
  void NoteDown(const SinkError& error);
  void NoteUp();

  void Pause();
  /// Also of a sink that stopped by itself.
  void Resume();
  bool IsPaused() const { return paused_; }

  SinkState State() const;
  std::string LastError() const;
  std::optional<DeliveryReport> Delivery() const { return sink_->Delivery(); }

 private:
  const std::string name_;
  const std::string type_;
  const std::unique_ptr<Sink> sink_;
  const std::uint32_t lanes_;
  SinkObserver* const observer_;
  std::atomic<bool> paused_{false};

  mutable std::mutex mutex_;
  SinkState state_ = SinkState::kConnecting;  // Guarded by mutex_; never kPaused.
  std::string last_error_;                    // Guarded by mutex_.
};

}  // namespace oncegate
