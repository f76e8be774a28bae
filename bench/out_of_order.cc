#include "bench/measurements.h"
#include "bench/subject.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kConnections = 256;
constexpr std::uint32_t kProducers = 8;
constexpr std::uint32_t kRanges = 80;

EventLoad LoadWith(std::uint32_t ranges) {
  return {.connections = kConnections,
          .producers = kProducers,
          .ranges = ranges,
          .kept_bytes_per_connection = 0};
}

}  // namespace

void MeasureOutOfOrder(Bench* bench) {
  Subject subject(bench, {});
  const auto run = [&subject](std::uint32_t ranges) {
    EventSender sender = subject.Sender(LoadWith(ranges));
    // Until every producer has its ranges, or as much without them.
    sender.SendNew(kRanges * kProducers);
    return subject.SendMore(&sender).events_per_second;
  };
  std::string remark;
  const std::vector<Samples> rates =
      Alternate(bench->settings().rounds, {[&run] { return run(0); },
                                           [&] {
                                             const double rate = run(kRanges);
                                             remark = subject.remark();
                                             return rate;
                                           }});
  bench->results().AddFigure("in order, 256 connections, 8 producers", rates[0], "events/s", "");
  bench->results().AddFigure("80 ranges a producer, 256 connections, 8 producers", rates[1],
                             "events/s", remark);
  bench->results().AddClaim({"out of order, bulk to Postgres", MedianRatio(rates[1], rates[0]),
                             Bound::kAtLeast, 0.8, "of the rate in order",
                             "500 events a request, 256 connections, 8 producers; each producer "
                             "keeps 80 settled ranges all the time"});
}

}  // namespace oncegate::bench
