#include <memory>

#include "bench/measurements.h"
#include "bench/subject.h"
#include "bench/sweep.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kProducers[] = {1, 10, 100, 1000, 10'000, 100'000};
constexpr std::uint32_t kEventsPerRequest = 500;

EventLoad LoadOf(std::uint32_t producers) {
  return {.connections = 8,
          .events_per_request = kEventsPerRequest,
          .producers = producers,
          .choice = ProducerChoice::kByEvent,
          .kept_bytes_per_connection = 0};
}

struct Candidate {
  std::uint32_t producers;
  std::unique_ptr<Subject> subject;  // Of its own, for its memory.
  std::unique_ptr<EventSender> sender;
};

std::vector<Candidate> MakeCandidates(Bench* bench) {
  std::vector<Candidate> candidates;
  for (const std::uint32_t producers : kProducers) {
    Candidate candidate{
        producers,
        std::make_unique<Subject>(bench, SubjectOptions{.round = bench->settings().sweep_round}),
        nullptr};
    candidate.sender = std::make_unique<EventSender>(candidate.subject->Sender(LoadOf(producers)));
    // One event of each producer, so that all of them are known when the rounds begin.
    candidate.sender->SendNew((producers + kEventsPerRequest - 1) / kEventsPerRequest);
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

}  // namespace

void MeasureByProducers(Bench* bench) {
  const std::vector<Candidate> candidates = MakeCandidates(bench);
  std::vector<SweepPoint> points;
  for (const Candidate& candidate : candidates) {
    points.push_back(
        {"producers", static_cast<double>(candidate.producers), [&candidate] {
           return candidate.subject->SendMore(candidate.sender.get()).events_per_second;
         }});
  }
  RunSweep(bench, "producers", "events/s", points);
  for (const Candidate& candidate : candidates) {
    const double memory_mib = candidate.subject->service().PeakMemoryMib();
    bench->results().AddFigure("peak memory, producers: " + std::to_string(candidate.producers),
                               {memory_mib}, "MiB", candidate.subject->remark());
    bench->results().AddPoint({"memory", "peak resident memory of the service",
                               static_cast<double>(candidate.producers), memory_mib});
  }
}

}  // namespace oncegate::bench
