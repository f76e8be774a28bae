#include <algorithm>

#include "bench/measurements.h"
#include "bench/subject.h"
#include "bench/sweep.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kValueBytes[] = {100, 1000, 10'000, 100'000};
// Requests of large events hold fewer of them, so that their bodies stay the same.
constexpr std::uint32_t kRequestBytes = 1'000'000;
constexpr std::uint32_t kEventsPerRequestMax = 500;

EventLoad LoadOf(std::uint32_t value_bytes) {
  return {.connections = 8,
          .events_per_request = std::min(kEventsPerRequestMax, kRequestBytes / value_bytes),
          .value_bytes = value_bytes};
}

}  // namespace

void MeasureBySize(Bench* bench) {
  const std::chrono::milliseconds round = bench->settings().sweep_round;
  Subject postgres(bench, {.round = round});
  Subject sqlite(bench, {.sink = SinkKind::kSqlite, .round = round});
  std::vector<SweepPoint> points;
  for (const std::uint32_t bytes : kValueBytes) {
    for (Subject* subject : {&postgres, &sqlite}) {
      points.push_back(
          {subject == &postgres ? "Postgres" : "SQLite", static_cast<double>(bytes),
           [subject, bytes] { return subject->Send(LoadOf(bytes)).events_per_second; }});
    }
  }
  RunSweep(bench, "size", "events/s", points);
}

}  // namespace oncegate::bench
