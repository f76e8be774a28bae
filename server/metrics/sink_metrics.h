// SinkMetrics and StoreMetrics: the metrics of one sink and of the local store. Every label value
// exists from the start with value 0.
//
// Thread-safe; nothing is looked up after construction.
#pragma once

#include <array>
#include <string>

#include "server/ingest/observer.h"
#include "server/metrics/families.h"
#include "server/metrics/metrics.h"

namespace oncegate {

class SinkMetrics : public SinkObserver {
 public:
  SinkMetrics(Families& families, const std::string& sink);

  void OnCommit(CommitOutcome outcome, std::chrono::nanoseconds duration) override;
  void OnError(SinkErrorClass error_class) override;
  void OnLedgerConflict() override;
  void OnLedgerRegression() override;
  void OnInDoubtResolved(bool committed) override;

 private:
  static constexpr int kOutcomes = 3;
  static constexpr int kErrorClasses = 4;

  std::array<prometheus::Counter*, kOutcomes> commits_;
  prometheus::Histogram& commit_duration_;
  std::array<prometheus::Counter*, kErrorClasses> errors_;
  prometheus::Counter& ledger_conflicts_;
  prometheus::Counter& ledger_regressions_;
  prometheus::Counter& resolved_committed_;
  prometheus::Counter& resolved_aborted_;
};

/// What state a sink is in; told at each scrape. Not thread-safe.
class SinkConditionMetrics {
 public:
  SinkConditionMetrics(Families& families, const SinkCondition& condition);

  void Set(const SinkCondition& condition);

 private:
  prometheus::Gauge& up_;
  prometheus::Gauge& paused_;
};

/// Of a sink that delivers on its own; told at each scrape. Not thread-safe.
class DeliveryMetrics {
 public:
  DeliveryMetrics(Families& families, const std::string& sink);

  void Set(const DeliveryReport& report);

 private:
  prometheus::Counter& delivered_;
  prometheus::Counter& retried_;
  prometheus::Counter& dead_lettered_;
  prometheus::Gauge& pending_events_;
  prometheus::Gauge& circuit_open_;
};

class StoreMetrics : public StoreObserver {
 public:
  explicit StoreMetrics(Families& families);

  void OnWrite(std::chrono::nanoseconds duration) override;
  void OnError() override;
  void SetPoisoned(bool poisoned) override;

 private:
  prometheus::Histogram& write_duration_;
  prometheus::Counter& errors_;
  prometheus::Gauge& poisoned_;
};

}  // namespace oncegate
