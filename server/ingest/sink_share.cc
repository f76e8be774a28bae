#include "server/ingest/sink_share.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

namespace oncegate {
namespace {

/// One number for each sink.
using Shares = std::vector<std::uint64_t>;

std::uint64_t Highest(const Shares& shares) {
  return *std::max_element(shares.begin(), shares.end());
}
std::uint64_t Sum(const Shares& shares) {
  return std::accumulate(shares.begin(), shares.end(), std::uint64_t{0});
}

struct StreamGauges {
  explicit StreamGauges(std::size_t sink_count)
      : sinks(sink_count), producers(sinks), ids(sinks), dead_letters(sinks) {}

  const std::size_t sinks;
  std::mutex mutex;
  Shares producers;                                  // Guarded by mutex.
  Shares ids;                                        // Guarded by mutex.
  Shares dead_letters;                               // Guarded by mutex.
  std::map<std::uint32_t, Shares> lane_queue_bytes;  // By lane; guarded by mutex.
};

class SinkShare : public StreamObserver {
 public:
  SinkShare(StreamObserver* stream, std::shared_ptr<StreamGauges> gauges, std::size_t sink)
      : stream_(stream), gauges_(std::move(gauges)), sink_(sink) {}

  void OnVerdicts(Verdict verdict, std::uint64_t count) override {
    stream_->OnVerdicts(verdict, count);
  }
  void OnGroup(std::uint64_t events) override { stream_->OnGroup(events); }
  void OnLaneWait(std::chrono::nanoseconds wait) override { stream_->OnLaneWait(wait); }
  void OnWindowRanges(std::uint64_t ranges) override { stream_->OnWindowRanges(ranges); }

  void SetLaneQueueBytes(std::uint32_t lane, std::uint64_t bytes) override {
    std::lock_guard lock(gauges_->mutex);
    Shares& shares =
        gauges_->lane_queue_bytes.try_emplace(lane, Shares(gauges_->sinks)).first->second;
    shares[sink_] = bytes;
    stream_->SetLaneQueueBytes(lane, Sum(shares));
  }
  void SetProducers(std::uint64_t producers) override {
    std::lock_guard lock(gauges_->mutex);
    gauges_->producers[sink_] = producers;
    stream_->SetProducers(Highest(gauges_->producers));
  }
  void SetIds(std::uint64_t ids) override {
    std::lock_guard lock(gauges_->mutex);
    gauges_->ids[sink_] = ids;
    stream_->SetIds(Highest(gauges_->ids));
  }
  void SetDeadLetters(std::uint64_t letters) override {
    std::lock_guard lock(gauges_->mutex);
    gauges_->dead_letters[sink_] = letters;
    stream_->SetDeadLetters(Sum(gauges_->dead_letters));
  }

 private:
  StreamObserver* const stream_;
  const std::shared_ptr<StreamGauges> gauges_;
  const std::size_t sink_;
};

}  // namespace

std::vector<std::unique_ptr<StreamObserver>> ObserveSinks(StreamObserver* stream,
                                                          std::size_t sinks) {
  const auto gauges = std::make_shared<StreamGauges>(sinks);
  std::vector<std::unique_ptr<StreamObserver>> observers;
  for (std::size_t sink = 0; sink < sinks; ++sink) {
    observers.push_back(std::make_unique<SinkShare>(stream, gauges, sink));
  }
  return observers;
}

}  // namespace oncegate
