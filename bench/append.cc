#include "bench/measurements.h"
#include "bench/subject.h"

namespace oncegate::bench {

void MeasureAppend(Bench* bench) {
  const std::uint32_t rounds = bench->settings().rounds;
  Subject subject(bench, {.config = StreamsWith("target = \"append\"", "append", rounds)});
  std::uint32_t next = 0;
  std::string remark;
  const std::vector<Samples> rates =
      Alternate(rounds, {[&] { return subject.Send(EventLoad{}).events_per_second; },
                         [&] {
                           const std::string stream = "append_" + std::to_string(next++);
                           const EventRate rate = subject.Send({.stream = stream});
                           remark = subject.remark();
                           return rate.events_per_second;
                         }});
  bench->results().AddFigure("bulk to Postgres, target document", rates[0], "events/s", "");
  bench->results().AddFigure("bulk to Postgres, target append", rates[1], "events/s", remark);
  bench->results().AddClaim({"append, bulk to Postgres", MedianRatio(rates[1], rates[0]),
                             Bound::kAtLeast, 1.3, "times the document target's rate",
                             "500 events a request, 8 connections"});
}

}  // namespace oncegate::bench
