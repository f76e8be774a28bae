#include "bench/measurements.h"
#include "bench/subject.h"

namespace oncegate::bench {
namespace {

// The difference is small, so it takes more rounds to see it.
constexpr std::uint32_t kRoundsFactor = 2;

}  // namespace

void MeasureFingerprints(Bench* bench) {
  const std::uint32_t rounds = bench->settings().rounds * kRoundsFactor;
  Subject subject(bench, {.config = StreamsWith("fingerprints = false", "without", rounds)});
  std::uint32_t next = 0;
  const std::vector<Samples> rates =
      Alternate(rounds, {[&] {
                           const std::string stream = "without_" + std::to_string(next++);
                           return subject.Send({.stream = stream}).events_per_second;
                         },
                         [&] { return subject.Send(EventLoad{}).events_per_second; }});
  bench->results().AddFigure("bulk to Postgres, no fingerprints", rates[0], "events/s", "");
  bench->results().AddFigure("bulk to Postgres, fingerprints", rates[1], "events/s",
                             subject.remark());
  bench->results().AddClaim({"fingerprints, bulk to Postgres", MedianRatio(rates[1], rates[0]),
                             Bound::kAtLeast, 0.95, "of the rate without them",
                             "500 events a request, 8 connections"});
}

}  // namespace oncegate::bench
