#include "bench/measurements.h"
#include "bench/subject.h"

namespace oncegate::bench {

void MeasureDuplicates(Bench* bench) {
  for (const SinkKind sink : {SinkKind::kPostgres, SinkKind::kSqlite}) {
    Subject subject(bench, {.sink = sink});
    EventSender sender = subject.Sender({.connections = 8, .events_per_request = 500});
    subject.SendMore(&sender);
    const std::vector<Samples> rates = Alternate(
        bench->settings().rounds, {[&] { return subject.SendAgain(&sender).events_per_second; }});
    bench->results().AddFigure("resent to " + NameOf(sink) + ", 500 events a request", rates[0],
                               "events/s", subject.remark());
    bench->results().AddClaim({"duplicates, " + NameOf(sink), Median(rates[0]) / 1e6,
                               Bound::kAtLeast, 1.5, "million events/s",
                               "what was sent in bulk is sent again, 8 connections"});
  }
}

}  // namespace oncegate::bench
