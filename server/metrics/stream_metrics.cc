#include "server/metrics/stream_metrics.h"

#include <algorithm>

#include "dedupe/types/check.h"
#include "server/metrics/seconds.h"

namespace oncegate {
namespace {

constexpr std::chrono::minutes kSlot{5};

}  // namespace

void RecentMaximum::Report(std::uint64_t value) {
  std::uint64_t known = current_.load(std::memory_order_relaxed);
  while (value > known &&
         !current_.compare_exchange_weak(known, value, std::memory_order_relaxed)) {
  }
}

std::uint64_t RecentMaximum::Read(SteadyTime now) {
  if (now - slot_start_ >= kSlot) {
    const bool skipped_a_slot = now - slot_start_ >= 2 * kSlot;
    const std::uint64_t ended = current_.exchange(0, std::memory_order_relaxed);
    // Nobody knows in which of the skipped slots the value was reported: it is shown once.
    previous_ = ended;
    slot_start_ = skipped_a_slot ? now : slot_start_ + kSlot;
  }
  return std::max(previous_, current_.load(std::memory_order_relaxed));
}

StreamMetrics::StreamMetrics(Families& families, const std::string& stream)
    : stream_(stream),
      lane_queue_bytes_family_(families.lane_queue_bytes),
      group_events_(families.group_events.Add({{"stream", stream}}, kGroupEventsBuckets)),
      lane_wait_(families.lane_wait.Add({{"stream", stream}}, kSecondsBuckets)),
      window_ranges_max_(families.window_ranges_max.Add({{"stream", stream}})),
      producers_(families.producers.Add({{"stream", stream}})),
      ids_(families.ids.Add({{"stream", stream}})),
      dead_letters_(families.dead_letters.Add({{"stream", stream}})) {
  for (int i = 0; i < kVerdictCount; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    verdicts_[i] =
        &families.events.Add({{"stream", stream}, {"verdict", std::string(ToString(verdict))}});
  }
}

void StreamMetrics::OnVerdicts(Verdict verdict, std::uint64_t count) {
  verdicts_[static_cast<std::size_t>(verdict)]->Increment(static_cast<double>(count));
}

void StreamMetrics::OnGroup(std::uint64_t events) {
  group_events_.Observe(static_cast<double>(events));
}

void StreamMetrics::OnLaneWait(std::chrono::nanoseconds wait) { lane_wait_.Observe(Seconds(wait)); }

void StreamMetrics::SetLaneQueueBytes(std::uint32_t lane, std::uint64_t bytes) {
  CHECK(lane < lane_queue_bytes_.size());
  prometheus::Gauge* gauge = lane_queue_bytes_[lane].load(std::memory_order_acquire);
  if (gauge == nullptr) {
    // Two threads that get here at once are given the same gauge.
    gauge = &lane_queue_bytes_family_.Add({{"stream", stream_}, {"lane", std::to_string(lane)}});
    lane_queue_bytes_[lane].store(gauge, std::memory_order_release);
  }
  gauge->Set(static_cast<double>(bytes));
}

void StreamMetrics::OnWindowRanges(std::uint64_t ranges) { window_ranges_.Report(ranges); }

void StreamMetrics::SetProducers(std::uint64_t producers) {
  producers_.Set(static_cast<double>(producers));
}

void StreamMetrics::SetIds(std::uint64_t ids) { ids_.Set(static_cast<double>(ids)); }

void StreamMetrics::SetDeadLetters(std::uint64_t letters) {
  dead_letters_.Set(static_cast<double>(letters));
}

void StreamMetrics::Refresh(SteadyTime now) {
  window_ranges_max_.Set(static_cast<double>(window_ranges_.Read(now)));
}

}  // namespace oncegate
