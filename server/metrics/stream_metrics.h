// StreamMetrics: the metrics of one stream. Every verdict exists from the start with value 0, so
// that rates are right from the first event on.
//
// Thread-safe. Nothing is looked up on the hot path; a lane's gauge is added on its first report.
#pragma once

#include <array>
#include <atomic>
#include <string>

#include "server/config/limits.h"
#include "server/ingest/clock.h"
#include "server/ingest/observer.h"
#include "server/metrics/families.h"

namespace oncegate {

/// The largest value reported within the current and the previous slot of five minutes.
/// Report is thread-safe; Read is called by one thread at a time.
class RecentMaximum {
 public:
  void Report(std::uint64_t value);
  /// Moves on to the next slot when it is due.
  std::uint64_t Read(SteadyTime now);

 private:
  std::atomic<std::uint64_t> current_{0};
  std::uint64_t previous_ = 0;
  SteadyTime slot_start_{};
};

class StreamMetrics : public StreamObserver {
 public:
  StreamMetrics(Families& families, const std::string& stream);

  void OnVerdicts(Verdict verdict, std::uint64_t count) override;
  void OnGroup(std::uint64_t events) override;
  void OnLaneWait(std::chrono::nanoseconds wait) override;
  void SetLaneQueueBytes(std::uint32_t lane, std::uint64_t bytes) override;
  void OnWindowRanges(std::uint64_t ranges) override;
  void SetProducers(std::uint64_t producers) override;
  void SetIds(std::uint64_t ids) override;
  void SetDeadLetters(std::uint64_t letters) override;

  /// Brings what is computed at scrape time up to date. One thread at a time.
  void Refresh(SteadyTime now);

 private:
  const std::string stream_;
  prometheus::Family<prometheus::Gauge>& lane_queue_bytes_family_;
  std::array<prometheus::Counter*, kVerdictCount> verdicts_;
  prometheus::Histogram& group_events_;
  prometheus::Histogram& lane_wait_;
  std::array<std::atomic<prometheus::Gauge*>, limits::kLanesMax> lane_queue_bytes_{};
  RecentMaximum window_ranges_;
  prometheus::Gauge& window_ranges_max_;
  prometheus::Gauge& producers_;
  prometheus::Gauge& ids_;
  prometheus::Gauge& dead_letters_;
};

}  // namespace oncegate
