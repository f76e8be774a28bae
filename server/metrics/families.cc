#include "server/metrics/families.h"

namespace oncegate {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

Family<Counter>& CounterFamily(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& GaugeFamily(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& HistogramFamily(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

const Histogram::BucketBoundaries kSecondsBuckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                     0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                                     1,      2.5,     5,      10};
const Histogram::BucketBoundaries kGroupEventsBuckets = {1,   2,   5,    10,   20,   50,   100,
                                                         200, 500, 1000, 2000, 5000, 10000};

Families::Families()
    : registry(Registry::InsertBehavior::Throw),
      http_requests(CounterFamily(registry, "oncegate_http_requests_total",
                                  "Requests answered, by route template and status code.")),
      http_request_duration(
          HistogramFamily(registry, "oncegate_http_request_duration_seconds",
                          "Time from the end of the request head to the last byte of its answer.")),
      http_rejected(CounterFamily(registry, "oncegate_http_rejected_total",
                                  "Requests and connections refused before routing.")),
      http_connections(
          GaugeFamily(registry, "oncegate_http_connections", "Open client connections.")),
      events(CounterFamily(registry, "oncegate_events_total", "Events answered, by verdict.")),
      producers(
          GaugeFamily(registry, "oncegate_producers", "Producers that the ledger remembers.")),
      window_ranges_max(GaugeFamily(registry, "oncegate_window_ranges_max",
                                    "Most settled ranges of one producer, over the commits of the "
                                    "last five to ten minutes.")),
      ids(GaugeFamily(registry, "oncegate_ids", "Event ids that the ledger remembers.")),
      dead_letters(GaugeFamily(registry, "oncegate_dead_letters",
                               "Events that are kept as dead letters instead of their rows.")),
      group_events(HistogramFamily(registry, "oncegate_group_events",
                                   "Events of the stream in one sink transaction.")),
      lane_queue_bytes(GaugeFamily(registry, "oncegate_lane_queue_bytes",
                                   "Memory that admitted and not yet answered events hold.")),
      lane_wait(HistogramFamily(registry, "oncegate_lane_wait_seconds",
                                "Time from admission to the start of the event's group.")),
      sink_commits(CounterFamily(registry, "oncegate_sink_commits_total",
                                 "Sink transactions ended, by outcome.")),
      sink_commit_duration(HistogramFamily(registry, "oncegate_sink_commit_duration_seconds",
                                           "Time that the sink took to commit a transaction.")),
      sink_errors(
          CounterFamily(registry, "oncegate_sink_errors_total", "Errors of the sink, by class.")),
      sink_up(
          GaugeFamily(registry, "oncegate_sink_up",
                      "1 while the sink takes writes, or would if it were not paused, else 0.")),
      sink_paused(GaugeFamily(registry, "oncegate_sink_paused",
                              "1 while the sink is paused by an operator, else 0.")),
      sink_info(GaugeFamily(registry, "oncegate_sink_info", "Always 1; the type of the sink.")),
      ledger_conflicts(CounterFamily(registry, "oncegate_ledger_conflicts_total",
                                     "Ledger rows that held another token than the local state.")),
      ledger_regressions(CounterFamily(registry, "oncegate_ledger_regressions_total",
                                       "Ledger rows that knew less than had been committed before "
                                       "(restored or failed-over sink).")),
      in_doubt_resolved(CounterFamily(registry, "oncegate_in_doubt_resolved_total",
                                      "In-doubt commits whose outcome was read from the ledger.")),
      delivery_requests(CounterFamily(
          registry, "oncegate_delivery_requests_total",
          "Requests to the receiver of a webhook sink: delivered, retry (to be sent again), or "
          "dead_letter (one event that was refused for good).")),
      delivery_pending_events(GaugeFamily(registry, "oncegate_delivery_pending_events",
                                          "Frozen events that the receiver has not taken yet.")),
      delivery_circuit_open(
          GaugeFamily(registry, "oncegate_delivery_circuit_open",
                      "1 while the receiver is only probed, or has said that it is gone, else 0.")),
      store_write_duration(HistogramFamily(registry, "oncegate_store_write_duration_seconds",
                                           "Time that the local store took for a write.")),
      store_errors(CounterFamily(registry, "oncegate_store_errors_total",
                                 "Failed operations of the local store.")),
      store_poisoned(GaugeFamily(registry, "oncegate_store_poisoned",
                                 "1 after a failed write until the store was reopened, else 0.")),
      store_bytes(GaugeFamily(registry, "oncegate_store_bytes",
                              "Approximate size of the local store on disk.")),
      journal_pending_events(GaugeFamily(registry, "oncegate_journal_pending_events",
                                         "Accepted events that are not in the sink yet.")),
      journal_pending_bytes(
          GaugeFamily(registry, "oncegate_journal_pending_bytes",
                      "Bytes of the accepted events that are not in the sink yet.")),
      journal_oldest_pending(
          GaugeFamily(registry, "oncegate_journal_oldest_pending_seconds",
                      "For how long the oldest accepted event has waited; 0 if none waits.")),
      build_info(GaugeFamily(registry, "oncegate_build_info", "Always 1; the running version.")),
      ready(GaugeFamily(registry, "oncegate_ready", "1 while /readyz answers 200, else 0.")) {}

}  // namespace oncegate
