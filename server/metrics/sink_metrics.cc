#include "server/metrics/sink_metrics.h"

#include "server/metrics/seconds.h"

namespace oncegate {
namespace {

// The label values are part of the contract and therefore do not follow the enumerators' names.

const char* OutcomeLabel(CommitOutcome outcome) {
  switch (outcome) {
    case CommitOutcome::kCommitted:
      return "committed";
    case CommitOutcome::kAborted:
      return "aborted";
    case CommitOutcome::kInDoubt:
      return "in_doubt";
  }
  return "";
}

const char* ErrorClassLabel(SinkErrorClass error_class) {
  switch (error_class) {
    case SinkErrorClass::kRestart:
      return "restart";
    case SinkErrorClass::kConnection:
      return "connection";
    case SinkErrorClass::kStream:
      return "stream";
    case SinkErrorClass::kRefused:
      return "refused";
  }
  return "";
}

/// Counts up to what somebody else has counted.
void CountTo(std::uint64_t count, prometheus::Counter* counter) {
  counter->Increment(static_cast<double>(count) - counter->Value());
}

}  // namespace

SinkMetrics::SinkMetrics(Families& families, const std::string& sink)
    : commit_duration_(families.sink_commit_duration.Add({{"sink", sink}}, kSecondsBuckets)),
      ledger_conflicts_(families.ledger_conflicts.Add({{"sink", sink}})),
      ledger_regressions_(families.ledger_regressions.Add({{"sink", sink}})),
      resolved_committed_(
          families.in_doubt_resolved.Add({{"sink", sink}, {"outcome", "committed"}})),
      resolved_aborted_(families.in_doubt_resolved.Add({{"sink", sink}, {"outcome", "aborted"}})) {
  for (int i = 0; i < kOutcomes; ++i) {
    const char* outcome = OutcomeLabel(static_cast<CommitOutcome>(i));
    commits_[i] = &families.sink_commits.Add({{"sink", sink}, {"outcome", outcome}});
  }
  for (int i = 0; i < kErrorClasses; ++i) {
    const char* error_class = ErrorClassLabel(static_cast<SinkErrorClass>(i));
    errors_[i] = &families.sink_errors.Add({{"sink", sink}, {"class", error_class}});
  }
}

void SinkMetrics::OnCommit(CommitOutcome outcome, std::chrono::nanoseconds duration) {
  commits_[static_cast<std::size_t>(outcome)]->Increment();
  commit_duration_.Observe(Seconds(duration));
}

void SinkMetrics::OnError(SinkErrorClass error_class) {
  errors_[static_cast<std::size_t>(error_class)]->Increment();
}

void SinkMetrics::OnLedgerConflict() { ledger_conflicts_.Increment(); }

void SinkMetrics::OnLedgerRegression() { ledger_regressions_.Increment(); }

void SinkMetrics::OnInDoubtResolved(bool committed) {
  (committed ? resolved_committed_ : resolved_aborted_).Increment();
}

SinkConditionMetrics::SinkConditionMetrics(Families& families, const SinkCondition& condition)
    : up_(families.sink_up.Add({{"sink", condition.sink}})),
      paused_(families.sink_paused.Add({{"sink", condition.sink}})) {
  families.sink_info.Add({{"sink", condition.sink}, {"type", condition.type}}).Set(1);
}

void SinkConditionMetrics::Set(const SinkCondition& condition) {
  up_.Set(condition.is_up ? 1 : 0);
  paused_.Set(condition.is_paused ? 1 : 0);
}

DeliveryMetrics::DeliveryMetrics(Families& families, const std::string& sink)
    : delivered_(families.delivery_requests.Add({{"sink", sink}, {"outcome", "delivered"}})),
      retried_(families.delivery_requests.Add({{"sink", sink}, {"outcome", "retry"}})),
      dead_lettered_(families.delivery_requests.Add({{"sink", sink}, {"outcome", "dead_letter"}})),
      pending_events_(families.delivery_pending_events.Add({{"sink", sink}})),
      circuit_open_(families.delivery_circuit_open.Add({{"sink", sink}})) {}

void DeliveryMetrics::Set(const DeliveryReport& report) {
  CountTo(report.delivered, &delivered_);
  CountTo(report.retried, &retried_);
  CountTo(report.dead_lettered, &dead_lettered_);
  pending_events_.Set(static_cast<double>(report.pending_events));
  circuit_open_.Set(report.is_circuit_open ? 1 : 0);
}

StoreMetrics::StoreMetrics(Families& families)
    : write_duration_(families.store_write_duration.Add({}, kSecondsBuckets)),
      errors_(families.store_errors.Add({})),
      poisoned_(families.store_poisoned.Add({})) {}

void StoreMetrics::OnWrite(std::chrono::nanoseconds duration) {
  write_duration_.Observe(Seconds(duration));
}

void StoreMetrics::OnError() { errors_.Increment(); }

void StoreMetrics::SetPoisoned(bool poisoned) { poisoned_.Set(poisoned ? 1 : 0); }

}  // namespace oncegate
