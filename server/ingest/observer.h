// What ingest reports to the outside while it works (metrics). Thread-safe, never blocks, never
// fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "dedupe/types/verdict.h"
#include "sinks/sink.h"

namespace oncegate {

/// Handles resolved once per stream and lane, so that the hot path looks nothing up.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  virtual void OnVerdicts(Verdict verdict, std::uint64_t count) = 0;
  virtual void OnGroup(std::uint64_t events) = 0;  // Events of the stream in one committed group.
  virtual void OnLaneWait(std::chrono::nanoseconds wait) = 0;  // From Submit to the group's start.
  virtual void SetLaneQueueBytes(std::uint32_t lane, std::uint64_t bytes) = 0;
  virtual void OnWindowRanges(std::uint64_t ranges) = 0;  // Of one producer after a commit.
  virtual void SetProducers(std::uint64_t producers) = 0;
  virtual void SetIds(std::uint64_t ids) = 0;
  virtual void SetDeadLetters(std::uint64_t letters) = 0;
};

class SinkObserver {
 public:
  virtual ~SinkObserver() = default;
  virtual void OnCommit(CommitOutcome outcome, std::chrono::nanoseconds duration) = 0;
  virtual void OnError(SinkErrorClass error_class) = 0;
  virtual void OnLedgerConflict() = 0;    // A token was not the one that the index holds.
  virtual void OnLedgerRegression() = 0;  // The ledger knows less than this instance had seen.
  virtual void OnInDoubtResolved(bool committed) = 0;
};

class StoreObserver {
 public:
  virtual ~StoreObserver() = default;
  virtual void OnWrite(std::chrono::nanoseconds duration) = 0;
  virtual void OnError() = 0;
  virtual void SetPoisoned(bool poisoned) = 0;
};

/// Returned observers live as long as the IngestObserver; the same arguments give the same object.
class IngestObserver {
 public:
  virtual ~IngestObserver() = default;
  virtual StreamObserver& ForStream(std::string_view stream) = 0;
  virtual SinkObserver& ForSink(std::string_view sink) = 0;
  virtual StoreObserver& ForStore() = 0;
};

}  // namespace oncegate
