// Families: every metric of the service by name, type, help text and unit, in one visible table.
// The names and labels are part of the HTTP contract; tests/golden/metrics.txt repeats them.
//
// Thread-safe, as prometheus-cpp is. Adding a label set costs a lock and a hash of the labels, so
// the observers do it once and keep the handles.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace oncegate {

/// Upper bounds in seconds, 100 µs to 10 s: an embedded commit takes some hundred microseconds, a
/// request is answered within request_timeout (10 s by default).
extern const prometheus::Histogram::BucketBoundaries kSecondsBuckets;
/// Upper bounds in events, 1 to 10,000: a group holds at most limits::kGroupEvents.
extern const prometheus::Histogram::BucketBoundaries kGroupEventsBuckets;

struct Families {
  Families();
  Families(const Families&) = delete;
  Families& operator=(const Families&) = delete;

  prometheus::Registry registry;

  prometheus::Family<prometheus::Counter>& http_requests;
  prometheus::Family<prometheus::Histogram>& http_request_duration;
  prometheus::Family<prometheus::Counter>& http_rejected;
  prometheus::Family<prometheus::Gauge>& http_connections;

  prometheus::Family<prometheus::Counter>& events;
  prometheus::Family<prometheus::Gauge>& producers;
  prometheus::Family<prometheus::Gauge>& window_ranges_max;
  prometheus::Family<prometheus::Gauge>& ids;
  prometheus::Family<prometheus::Gauge>& dead_letters;

  prometheus::Family<prometheus::Histogram>& group_events;
  prometheus::Family<prometheus::Gauge>& lane_queue_bytes;
  prometheus::Family<prometheus::Histogram>& lane_wait;

  prometheus::Family<prometheus::Counter>& sink_commits;
  prometheus::Family<prometheus::Histogram>& sink_commit_duration;
  prometheus::Family<prometheus::Counter>& sink_errors;
  prometheus::Family<prometheus::Gauge>& sink_up;
  prometheus::Family<prometheus::Gauge>& sink_paused;
  prometheus::Family<prometheus::Gauge>& sink_info;
  prometheus::Family<prometheus::Counter>& ledger_conflicts;
  prometheus::Family<prometheus::Counter>& ledger_regressions;
  prometheus::Family<prometheus::Counter>& in_doubt_resolved;
  prometheus::Family<prometheus::Counter>& delivery_requests;
  prometheus::Family<prometheus::Gauge>& delivery_pending_events;
  prometheus::Family<prometheus::Gauge>& delivery_circuit_open;

  prometheus::Family<prometheus::Histogram>& store_write_duration;
  prometheus::Family<prometheus::Counter>& store_errors;
  prometheus::Family<prometheus::Gauge>& store_poisoned;
  prometheus::Family<prometheus::Gauge>& store_bytes;

  prometheus::Family<prometheus::Gauge>& journal_pending_events;
  prometheus::Family<prometheus::Gauge>& journal_pending_bytes;
  prometheus::Family<prometheus::Gauge>& journal_oldest_pending;

  prometheus::Family<prometheus::Gauge>& build_info;
  prometheus::Family<prometheus::Gauge>& ready;
};

}  // namespace oncegate
