#include <memory>

#include "bench/measurements.h"
#include "bench/subject.h"
#include "bench/sweep.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kLanes[] = {1, 2, 4, 8};

EventLoad BulkLoad() { return {.connections = 32, .events_per_request = 500}; }
EventLoad SingleLoad() { return {.connections = 256, .events_per_request = 1}; }

}  // namespace

void MeasureByLanes(Bench* bench) {
  std::vector<std::unique_ptr<Subject>> subjects;
  std::vector<SweepPoint> points;
  const auto add = [&](const std::string& series, const EventLoad& load, std::uint32_t lanes) {
    points.push_back({series, static_cast<double>(lanes), [subject = subjects.back().get(), load] {
                        return subject->Send(load).events_per_second;
                      }});
  };
  for (const std::uint32_t lanes : kLanes) {
    subjects.push_back(std::make_unique<Subject>(
        bench, SubjectOptions{.lanes = lanes, .round = bench->settings().sweep_round}));
    add("500 events a request, 32 connections", BulkLoad(), lanes);
    add("1 event a request, 256 connections", SingleLoad(), lanes);
  }
  RunSweep(bench, "lanes", "events/s", points);
}

}  // namespace oncegate::bench
