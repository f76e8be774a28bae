#include <sys/resource.h>

#include "bench/measurements.h"
#include "bench/subject.h"

namespace oncegate::bench {
namespace {

struct OverloadCase {
  std::string name;
  std::uint32_t events_per_request;
  std::uint32_t peak_connections;
  std::uint32_t overload_connections;
  // Small enough that the clients can fill the queues, or nothing would ever be refused.
  std::string limits;
  double goodput_target;
};

const OverloadCase kCases[] = {
    {"bulk", 500, 16, 256, "[limits]\nbody_bytes = 1048576\nqueue_bytes_per_lane = 4194304\n", 0.9},
    {"single events", 1, 256, 2048, "[limits]\nbody_bytes = 65536\nqueue_bytes_per_lane = 262144\n",
     0.6}};

// Between the first round and the last one. What is offered beyond the peak in a round would be
// several times as much in bulk, if it were kept.
constexpr double kMemoryGrowthMibMax = 16;

// Of the peak; twice of it is due.
constexpr double kSentMin = 1.8;

/// Lets this thread go first: the clients of a real overload do not wait for the cores of the
/// service. Without the right to do so nothing changes.
class RaisedPriority {
 public:
  RaisedPriority() { setpriority(PRIO_PROCESS, 0, -10); }
  ~RaisedPriority() { setpriority(PRIO_PROCESS, 0, 0); }
  RaisedPriority(const RaisedPriority&) = delete;
  RaisedPriority& operator=(const RaisedPriority&) = delete;
};

struct Totals {
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  std::uint64_t wrong = 0;
};

PacedResult SendTwice(Subject* subject, const OverloadCase& overload, double peak) {
  const RaisedPriority raised;
  return subject->SendPaced({.connections = overload.overload_connections,
                             .events_per_request = overload.events_per_request},
                            2 * peak / overload.events_per_request);
}

void Add(const PacedResult& paced, Totals* totals) {
  totals->sent += paced.sent;
  totals->refused += paced.refused;
  totals->wrong += paced.refused_without_retry_after + paced.other;
}

void Report(Bench* bench, const OverloadCase& overload, const std::vector<Samples>& rates,
            const Samples& sent, const Samples& memory_mib, const Totals& totals) {
  Results& results = bench->results();
  const std::string name = "overload, " + overload.name;
  const std::string how = std::to_string(overload.overload_connections) +
                          " connections, paced at twice the peak of the same round";
  results.AddFigure(overload.name + " to Postgres, peak", rates[0], "events/s", "");
  results.AddFigure(overload.name + ", sent in overload", sent, "events/s",
                    "twice the peak was due");
  results.AddFigure(overload.name + ", settled in overload", rates[1], "events/s", "");
  results.AddFigure(overload.name + ", peak memory of the service after each round", memory_mib,
                    "MiB", "");
  results.AddFigure(overload.name + ", refused",
                    {100 * static_cast<double>(totals.refused) / static_cast<double>(totals.sent)},
                    "%",
                    std::to_string(totals.refused) + " requests of " + std::to_string(totals.sent));
  results.AddClaim({name + ": sent", MedianRatio(sent, rates[0]), Bound::kAtLeast, kSentMin,
                    "times the peak, or the client was too slow to overload it", how});
  results.AddClaim({name + ": goodput", MedianRatio(rates[1], rates[0]), Bound::kAtLeast,
                    overload.goodput_target, "of the peak", how});
  results.AddClaim({name + ": other answers", static_cast<double>(totals.wrong), Bound::kAtMost, 0,
                    "answers that are neither 200 nor 429 with Retry-After", how});
  results.AddClaim({name + ": memory", memory_mib.back() - memory_mib.front(), Bound::kAtMost,
                    kMemoryGrowthMibMax, "MiB more at the peak than after the first round", how});
}

void Measure(Bench* bench, const OverloadCase& overload) {
  Subject subject(bench, {.config = overload.limits});
  double peak = 0;
  Totals totals;
  Samples sent;
  Samples memory_mib;
  std::vector<Samples> rates(2);
  // Always the peak first, since the pace comes from it.
  for (std::uint32_t round = 0; round < bench->settings().rounds; ++round) {
    peak = subject
               .Send({.connections = overload.peak_connections,
                      .events_per_request = overload.events_per_request})
               .events_per_second;
    const PacedResult paced = SendTwice(&subject, overload, peak);
    const double events_per_second = overload.events_per_request / paced.seconds;
    rates[0].push_back(peak);
    rates[1].push_back(static_cast<double>(paced.settled_in_time) * events_per_second);
    sent.push_back(static_cast<double>(paced.sent) * events_per_second);
    memory_mib.push_back(subject.service().PeakMemoryMib());
    Add(paced, &totals);
  }
  Report(bench, overload, rates, sent, memory_mib, totals);
}

}  // namespace

void MeasureOverload(Bench* bench) {
  for (const OverloadCase& overload : kCases) Measure(bench, overload);
}

}  // namespace oncegate::bench
