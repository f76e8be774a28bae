// EngineFixture: a real engine over a real SQLite sink and a real LevelDB index in a folder of its
// own, with verbs that read as scripts. Faults are injected between the engine and the sink.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/store/leveldb_store.h"
#include "server/ingest/engine.h"
#include "server/log/logger.h"
#include "tests/unit/server/ingest/faulty_sink.h"

namespace oncegate::testing {

/// Steady time is real; wall time can be moved.
class TestClock : public Clock {
 public:
  SteadyTime Now() override { return std::chrono::steady_clock::now(); }
  WallTime Wall() override;
  void AdvanceWall(std::chrono::seconds by) { offset_us_ += by.count() * 1'000'000; }

 private:
  std::atomic<std::int64_t> offset_us_{0};
};

class TestRandom : public Random {
 public:
  Token NewToken() override;
  std::uint64_t NewGeneration() override;
};

/// Counts what the engine reports; all streams and sinks share one set of counters.
class CountingObserver : public IngestObserver,
                         public StreamObserver,
                         public SinkObserver,
                         public StoreObserver {
 public:
  StreamObserver& ForStream(std::string_view) override { return *this; }
  SinkObserver& ForSink(std::string_view) override { return *this; }
  StoreObserver& ForStore() override { return *this; }
  void OnVerdicts(Verdict, std::uint64_t count) override { verdicts += count; }
  void OnGroup(std::uint64_t) override { ++groups; }
  void OnLaneWait(std::chrono::nanoseconds) override {}
  void SetLaneQueueBytes(std::uint32_t, std::uint64_t bytes) override { queue_bytes = bytes; }
  void OnWindowRanges(std::uint64_t) override {}
  void SetProducers(std::uint64_t) override {}
  void SetIds(std::uint64_t count) override { ids = count; }
  void SetDeadLetters(std::uint64_t count) override { dead_letters = count; }
  void OnCommit(CommitOutcome, std::chrono::nanoseconds) override { ++commits; }
  void OnError(SinkErrorClass) override { ++sink_errors; }
  void OnLedgerConflict() override { ++ledger_conflicts; }
  void OnLedgerRegression() override { ++ledger_regressions; }
  void OnInDoubtResolved(bool committed) override { ++(committed ? landed : lost); }
  void OnWrite(std::chrono::nanoseconds) override {}
  void OnError() override {}
  void SetPoisoned(bool) override {}

  std::atomic<std::uint64_t> verdicts{0}, groups{0}, queue_bytes{0}, ids{0}, dead_letters{0},
      commits{0}, sink_errors{0}, ledger_conflicts{0}, ledger_regressions{0}, landed{0}, lost{0};
};

/// One event in the making; only what a test cares about is set.
struct Sent {
  std::string producer = "p";
  std::int64_t epoch = 0;
  std::optional<std::int64_t> sequence;
  std::string value = "1";
  std::string key;  // Default: the id, or producer/epoch/sequence.
  std::string id;
  std::optional<std::uint64_t> version;
  bool deletes = false;
  std::optional<std::int64_t> after;
};

/// Event number `sequence` of producer "p".
Sent Number(std::int64_t sequence, std::string value = "1");

struct Answer {
  SubmitOutcome outcome = SubmitOutcome::kAdmitted;
  std::vector<EventResult> results;
  std::vector<Verdict> Verdicts() const;
};

class EngineFixture : public ::testing::Test {
 protected:
  EngineFixture();
  ~EngineFixture() override;

  // ---- The service ----
  StreamSpec Stream(const std::string& name, DedupeMode mode) const;
  /// Starts an engine on the folder; `streams` are configured, others are made on first use.
  Status StartEngine(std::vector<StreamSpec> streams = {}, std::uint32_t lanes = 1);
  void StopEngine();
  void RestartEngine(std::vector<StreamSpec> streams = {});
  /// A second engine with an index of its own on the same sink.
  std::unique_ptr<IngestEngine> StartSecondEngine(std::vector<StreamSpec> streams = {});
  void DeleteIndex();

  // ---- The producer ----
  Answer Send(const std::string& stream, std::vector<Sent> events);
  Answer SendTo(IngestEngine* engine, const std::string& stream, std::vector<Sent> events,
                bool atomic = false);
  Answer SubmitTo(IngestEngine* engine, const std::shared_ptr<Batch>& batch);
  /// As the journal does: what was accepted before.
  Answer Forward(const std::string& stream, std::vector<Sent> events, bool gaps_are_final = false);
  /// Does not wait; the answer arrives in *answers under the lock of the fixture.
  std::shared_ptr<Batch> MakeBatch(IngestEngine* engine, const std::string& stream,
                                   const std::vector<Sent>& events);
  Verdict SendOne(const std::string& stream, Sent event) {
    return Send(stream, {std::move(event)}).results.front().verdict;
  }

  // ---- The sinks, seen from outside ----
  static constexpr const char* kMainFile = "sink.sqlite";
  static constexpr const char* kSearchFile = "search.sqlite";
  std::int64_t SqlNumber(const std::string& sql, const char* file = kMainFile) const;
  std::string SqlText(const std::string& sql, const char* file = kMainFile) const;
  void SqlRun(const std::string& sql, const char* file = kMainFile) const;
  std::int64_t RowCount(const std::string& table, const char* file = kMainFile) const {
    return SqlNumber("SELECT count(*) FROM " + table, file);
  }
  std::string ValueOf(const std::string& table, const std::string& key) const {
    return SqlText("SELECT value FROM " + table + " WHERE key = '" + key + "'");
  }

  // ---- Waiting for control calls ----
  template <typename T>
  ControlResult<T> Await(const std::function<void(SteadyTime, ControlCallback<T>)>& call);
  ControlResult<ProducerReport> ReadProducer(const std::string& stream,
                                             const std::string& producer);
  ControlResult<ProducerReport> Bump(const BumpRequest& request);
  ControlResult<PurgeReport> Purge(const PurgeRequest& request);

  ControlResult<Listing<DeadLetter>> ListLetters(const LetterQuery& query);
  ControlResult<LetterReport> Replay(const LetterRequest& request);
  ControlResult<LetterReport> Discard(const LetterRequest& request);

  IngestEngine& engine() { return *engine_; }

  std::filesystem::path folder_;
  TestClock clock_;
  TestRandom random_;
  CountingObserver observer_;
  Logger logger_;
  SinkFaults faults_;
  /// Of a second sink, "search"; engines have it from when this is made.
  std::unique_ptr<SinkFaults> search_faults_;
  EngineSettings settings_;
  JournalStore* journal_ = nullptr;  // What the next engine is started with.

 private:
  struct Running {
    std::unique_ptr<LevelDbStore> index;
    std::unique_ptr<IngestEngine> engine;
  };
  Status Make(const std::filesystem::path& index_folder, std::vector<StreamSpec> streams,
              std::uint32_t lanes, std::unique_ptr<LevelDbStore>* index,
              std::unique_ptr<IngestEngine>* engine);

  std::unique_ptr<LevelDbStore> index_;
  std::unique_ptr<IngestEngine> engine_;
  std::unique_ptr<LevelDbStore> second_index_;
};

}  // namespace oncegate::testing
