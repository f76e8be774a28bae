// LaneThread: drives one lane on a thread of its own.
//
// Start, FinishBy and Join are called once each, in this order, by the engine.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "server/ingest/lane.h"
#include "server/ingest/turns.h"

namespace oncegate {

class LaneThread {
 public:
  /// `turns` are those of the sink's lanes.
  LaneThread(const LaneSettings& settings, const IngestDependencies& dependencies,
             SinkRuntime* sink, Turns* turns);
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
  /// One step of the lane; with a small group in turn with the sink's other lanes.
  std::optional<SteadyTime> RunStep();
  std::optional<SteadyTime> FinishDeadline() const;

  Clock* const clock_;
  Turns* const turns_;
  Lane lane_;
  mutable std::mutex mutex_;
  std::optional<SteadyTime> finish_by_;  // Guarded by mutex_.
  bool finished_ = true;                 // Written by the thread, read after Join.
  std::thread thread_;
};

}  // namespace oncegate
