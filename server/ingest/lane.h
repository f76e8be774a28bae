// Lane: one queue, one sink session, one group at a time. It alone owns the producers hashed to it,
// so a duplicate of an event that is being committed waits behind it.
//
// Threading: TryReserve, Release and Push from any thread; RunOnce, CanBeLeft and ExpireAll from
// the one thread that drives the lane (its own, or a simulator's).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "server/ingest/backoff.h"
#include "server/ingest/group.h"
#include "server/ingest/group_commit.h"
#include "server/ingest/sink_runtime.h"

namespace oncegate {

struct LaneSettings {
  std::uint32_t number = 0;
  std::size_t queue_bytes_max = limits::kQueueBytesPerLane;
  std::size_t group_events_max = limits::kGroupEvents;
  std::size_t group_bytes_max = limits::kGroupBytes;
};

class Lane {
 public:
  Lane(const LaneSettings& settings, const IngestDependencies& dependencies, SinkRuntime* sink);
  ~Lane();

  /// Takes `bytes` of the queue's budget; false if there is no room. An empty queue takes any part,
  /// so that a request within the body limit is never refused for ever.
  bool TryReserve(std::size_t bytes);
  /// What TryReserve would answer now.
  bool HasRoom(std::size_t bytes) const;
  void Release(std::size_t bytes);
  /// Precondition: part.bytes were reserved.
  void Push(Part part);

  /// One step: takes what is queued and, if the sink and the index allow, runs one group. Returns
  /// when the next step is due without a Push; nullopt: nothing to do until a Push.
  std::optional<SteadyTime> RunOnce();
  /// Answers everything that is still here as "retry" with `code`.
  void ExpireAll(Code code);
  /// Nothing queued and nothing in doubt.
  bool IsIdle() const;
  /// The sink is in the way, and nobody waits for what is left: it stays in the journal.
  bool CanBeLeft() const;
  std::size_t QueueBytes() const;

  /// Blocks until a Push, a Wake, or `until`.
  void Wait(std::optional<SteadyTime> until);
  void Wake();

 private:
  struct PausedStream {
    Backoff backoff;
    SteadyTime until;
  };

  bool HasRoomLocked(std::size_t bytes) const;  // Under mutex_.
  void TakeInbox();
  void NoteIdle();
  void ExpireQueued(SteadyTime now);
  bool PrepareStore(SteadyTime now);
  bool PrepareSession(SteadyTime now);
  /// When the pause of the part's stream ends or ended; the beginning of time if there was none.
  SteadyTime ResumesAt(const Part& part) const;
  std::unique_ptr<Group> FormGroup(SteadyTime now);
  void RunGroup(std::unique_ptr<Group> group, SteadyTime now);
  void PauseStream(const GroupReport& report, SteadyTime now);
  void Finish(Group* group);
  void Requeue(Group* group);
  void AnswerPart(Part* part, std::vector<IndexedResult> results);
  std::optional<SteadyTime> NextDue(SteadyTime now) const;

  const LaneSettings settings_;
  Clock* const clock_;
  Index* const index_;
  Logger* const logger_;
  StoreObserver* const store_observer_;
  SinkRuntime* const sink_;
  GroupCommit commit_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;                                  // Guarded by mutex_.
  std::deque<Part> inbox_;                              // Guarded by mutex_.
  std::size_t reserved_bytes_ = 0;                      // Guarded by mutex_.
  std::map<StreamRuntime*, std::size_t> stream_bytes_;  // Guarded by mutex_.
  bool idle_ = true;                                    // Guarded by mutex_.

  // Of the driving thread.
  std::deque<Part> queue_;
  std::unique_ptr<SinkSession> session_;
  std::unique_ptr<Group> in_doubt_;
  std::map<StreamRuntime*, PausedStream> paused_streams_;
  Backoff backoff_;
  SteadyTime not_before_{};
  int restarts_ = 0;
};

}  // namespace oncegate
