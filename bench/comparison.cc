#include "bench/comparison.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kRawConnectionsMax = 4;
// Of a round of oncegate: they make the stream, its table or topic. The hand-written side has its
// own before its clock starts.
constexpr std::uint64_t kUncountedRequests = 64;

double SendBulk(Subject* subject) {
  EventLoad load = BulkLoad();
  load.kept_bytes_per_connection = 0;
  EventSender sender = subject->Sender(load);
  sender.SendNew(kUncountedRequests);
  return subject->SendMore(&sender).events_per_second;
}

}  // namespace

EventLoad BulkLoad() { return {.connections = 8, .events_per_request = 500}; }

std::uint32_t BestConnections(Bench* bench, const std::string& raw,
                              const std::function<double(std::uint32_t connections)>& load) {
  std::uint32_t best = 1;
  double best_rate = 0;
  for (std::uint32_t connections = 1; connections <= kRawConnectionsMax; ++connections) {
    const double rate = load(connections);
    bench->results().AddFigure(raw + ", connections: " + std::to_string(connections), {rate},
                               "events/s", "to find the best");
    if (rate <= best_rate) continue;
    best = connections;
    best_rate = rate;
  }
  return best;
}

void Compare(Bench* bench, const Comparison& comparison) {
  Subject subject(bench, comparison.subject);
  std::vector<std::function<double()>> contestants{comparison.load,
                                                   [&subject] { return SendBulk(&subject); }};
  if (comparison.other_load) contestants.push_back(comparison.other_load);
  const std::vector<Samples> rates = Alternate(bench->settings().rounds, contestants);
  const std::string& sink = comparison.sink;
  Results& results = bench->results();
  results.AddFigure(comparison.raw + " on " + sink + ", " + comparison.raw_detail, rates[0],
                    "events/s", "");
  results.AddFigure("oncegate on " + sink + ", 500 events a request", rates[1], "events/s",
                    subject.remark());
  if (comparison.other_load) {
    results.AddFigure(comparison.raw + " on " + sink + ", " + comparison.other_detail, rates[2],
                      "events/s", "");
  }
  results.AddComparison({sink, rates[0], rates[1], comparison.how});
  if (!comparison.target) return;
  results.AddClaim({"bulk to " + sink, MedianRatio(rates[1], rates[0]), Bound::kAtLeast,
                    *comparison.target, "of the " + comparison.raw + "'s rate",
                    "500 events a request, 8 connections; " + comparison.how});
}

}  // namespace oncegate::bench
