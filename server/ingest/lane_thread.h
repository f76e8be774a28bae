// LaneThread: drives one lane on a thread of its own.
//
// Start, FinishBy and Join are called once each, in this order, by the engine.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "server/ingest/lane.h"

namespace oncegate {

class LaneThread {
 public:
  LaneThread(const LaneSettings& settings, const IngestDependencies& dependencies,
             SinkRuntime* sink);
  ~LaneThread();

  Lane& lane() { return lane_; }

  void Start();
  /// Precondition: nothing is pushed any more. The thread ends once the lane is idle, at the latest
  /// at `deadline`; what is left then is answered "retry".
  void FinishBy(SteadyTime deadline);
  /// True if everything was finished.
  bool Join();

 private:
  void Run();
  std::optional<SteadyTime> FinishDeadline() const;

  Clock* const clock_;
  Lane lane_;
  mutable std::mutex mutex_;
  std::optional<SteadyTime> finish_by_;  // Guarded by mutex_.
  bool finished_ = true;                 // Written by the thread, read after Join.
  std::thread thread_;
};

}  // namespace oncegate
