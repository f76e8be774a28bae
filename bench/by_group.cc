#include <memory>

#include "bench/measurements.h"
#include "bench/subject.h"
#include "bench/sweep.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kEvents[] = {1, 10, 100, 500, 1000, 5000};

EventLoad LoadOf(std::uint32_t events_per_request) {
  return {.connections = 16, .events_per_request = events_per_request};
}

/// One request a transaction, however many wait.
std::string LimitsOf(std::uint32_t events_per_request) {
  return "[limits]\ngroup_events = " + std::to_string(events_per_request) + "\n";
}

}  // namespace

void MeasureByGroup(Bench* bench) {
  const std::chrono::milliseconds round = bench->settings().sweep_round;
  Subject postgres(bench, {.round = round});
  Subject sqlite(bench, {.sink = SinkKind::kSqlite, .round = round});
  std::vector<std::unique_ptr<Subject>> ungrouped;
  std::vector<SweepPoint> points;
  const auto add = [&points](const std::string& series, Subject* subject, std::uint32_t events) {
    points.push_back({series, static_cast<double>(events), [subject, events] {
                        return subject->Send(LoadOf(events)).events_per_second;
                      }});
  };
  for (const std::uint32_t events : kEvents) {
    add("Postgres", &postgres, events);
    add("SQLite", &sqlite, events);
    ungrouped.push_back(std::make_unique<Subject>(
        bench, SubjectOptions{.round = round, .config = LimitsOf(events)}));
    add("Postgres, one request a transaction", ungrouped.back().get(), events);
  }
  RunSweep(bench, "group", "events/s", points);
}

}  // namespace oncegate::bench
