// Instance: one process of the service. The real lanes, group commit, judge, journal, maintenance,
// purge, bump and replay over the simulated index, journal folder, sink and clock; a fiber for each
// lane, for the journal's writer and forwarder, and for control work. Where there is a journal, two
// more take the requests, so that they overlap.
//
// Stands in for IngestEngine, LaneThread and ControlThread, which own real threads: routing by
// producer or key, the loops around the steps of lanes and journal, and the retry loop of control
// work are restated. What it does not model: implicit streams, draining.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/ingest/engine.h"
#include "server/ingest/journal.h"
#include "server/ingest/lane.h"
#include "server/ingest/maintenance.h"
#include "server/ingest/purge.h"
#include "server/ingest/stream_registry.h"
#include "server/log/logger.h"
#include "tests/sim/sim_index.h"
#include "tests/sim/sim_journal.h"
#include "tests/sim/sim_sink.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

/// The wall clock is read once, at start; from then on time is steady, as in the real service.
class SimClock : public Clock {
 public:
  explicit SimClock(World* world);
  SteadyTime Now() override { return world_->scheduler.now(); }
  WallTime Wall() override;

 private:
  World* const world_;
  const SteadyTime started_;
  const std::int64_t wall_at_start_us_;
};

class SimRandom : public Random {
 public:
  explicit SimRandom(World* world) : world_(world) {}
  Token NewToken() override;
  std::uint64_t NewGeneration() override { return world_->scheduler.random().Next() | 1; }

 private:
  World* const world_;
};

/// Counts what tells that a fault was noticed; ignores the rest.
class SimObserver : public IngestObserver,
                    public StreamObserver,
                    public SinkObserver,
                    public StoreObserver {
 public:
  explicit SimObserver(World* world) : world_(world) {}
  StreamObserver& ForStream(std::string_view) override { return *this; }
  SinkObserver& ForSink(std::string_view) override { return *this; }
  StoreObserver& ForStore() override { return *this; }
  void OnVerdicts(Verdict, std::uint64_t) override {}
  void OnGroup(std::uint64_t) override {}
  void OnLaneWait(std::chrono::nanoseconds) override {}
  void SetLaneQueueBytes(std::uint32_t, std::uint64_t) override {}
  void OnWindowRanges(std::uint64_t) override {}
  void SetProducers(std::uint64_t) override {}
  void SetIds(std::uint64_t) override {}
  void SetDeadLetters(std::uint64_t) override {}
  void OnCommit(CommitOutcome, std::chrono::nanoseconds) override {}
  void OnError(SinkErrorClass) override {}
  void OnLedgerConflict() override { world_->Count(Happening::kLedgerConflict); }
  void OnLedgerRegression() override { world_->Count(Happening::kLedgerRegression); }
  void OnInDoubtResolved(bool committed) override {
    if (committed) world_->Count(Happening::kInDoubtResolved);
  }
  void OnWrite(std::chrono::nanoseconds) override {}
  void OnError() override {}
  void SetPoisoned(bool) override {}

 private:
  World* const world_;
};

/// Work for the control fiber. Run again until it succeeds; lost with the process.
struct ControlWork {
  Purpose purpose = Purpose::kIngest;
  std::function<SinkStatus(SinkSession*)> run;
};

/// One record of a request, as the producer sends it.
struct Request {
  std::size_t stream = 0;
  bool atomic = false;
  Acknowledgement ack = Acknowledgement::kSink;
  std::vector<SimEvent> events;
  std::chrono::milliseconds timeout{0};
};

/// What of an instance outlives its process.
struct Disks {
  IndexDisk index;
  JournalDisk journal;
};

class Instance {
 public:
  using Answer = std::function<void(const std::vector<EventResult>& results)>;

  Instance(World* world, int number, Disks* disks);
  /// The process is gone at once: its fibers are unwound, its connections break.
  ~Instance();

  void Submit(const Request& request, Answer answer);
  void Post(ControlWork work);
  bool HasWork() const { return !work_.empty() || !arrived_.empty(); }
  IngestDependencies Dependencies();
  /// What is accepted and not in the sink yet may not be forgotten.
  bool IsPending(const PurgeRequest& request) const;
  PurgeRun::Dependencies purge_dependencies() { return {&random_, &clock_, &index_}; }
  Clock* clock() { return &clock_; }
  Random* random() { return &random_; }
  int number() const { return number_; }

 private:
  /// A fiber that goes on when it is woken, also if that was while it was busy.
  struct Worker {
    Fiber* fiber = nullptr;
    bool woken = false;
  };
  struct LaneFiber {
    std::unique_ptr<Lane> lane;
    Worker worker;
  };

  void StartLanes();
  void StartJournal();
  /// Runs `step` for ever; it answers when it is to run again.
  void Spawn(const std::string& name, Worker* worker,
             std::function<std::optional<SteadyTime>()> step);
  void Wake(Worker* worker);
  void WakeJournal();
  /// One of the requests that have arrived.
  std::optional<SteadyTime> TakeRequest();
  void Admit(const std::shared_ptr<Batch>& batch);
  SubmitOutcome SubmitToLanes(const std::shared_ptr<Batch>& batch);
  void RunControl();
  /// One piece of work, or one slice of maintenance.
  SinkStatus RunControlStep(SteadyTime* background_due);
  SinkResult<SimSession*> ControlSession();
  std::size_t LaneOf(const StreamSpec& spec, const Event& event) const;
  std::shared_ptr<Batch> MakeBatch(const Request& request, Answer answer) const;
  std::string name() const { return "i" + std::to_string(number_); }

  World* const world_;
  const int number_;
  SimClock clock_;
  SimRandom random_;
  SimObserver observer_;
  Logger logger_;
  SimIndex index_;
  SimJournal journal_store_;
  StreamRegistry registry_;
  SinkRuntime sink_;
  bool dead_ = false;                 // Answers nobody any more.
  std::unique_ptr<Journal> journal_;  // Null: no stream has one. Outlives the lanes.
  Worker writer_;
  Worker forwarder_;
  std::vector<Worker> doors_;
  std::deque<std::shared_ptr<Batch>> arrived_;
  std::vector<LaneFiber> lanes_;
  std::unique_ptr<Maintenance> maintenance_;
  std::deque<ControlWork> work_;
  std::unique_ptr<SinkSession> control_session_;
  Fiber* control_ = nullptr;
};

}  // namespace oncegate::sim
