#include "bench/cost_meter.h"

#include <unistd.h>

#include <cstdio>

#include "bench/cpu_time.h"
#include "bench/subject.h"

namespace oncegate::bench {

CostMeter::CostMeter(Bench* bench, const Subject& subject)
    : bench_(bench),
      service_(subject.service().process()),
      sink_(subject.sink_process()),
      is_postgres_(subject.sink() == SinkKind::kPostgres),
      begun_(Read()) {}

std::string CostMeter::PerEvent(std::uint64_t events) const {
  const Used now = Read();
  const auto per_event = [events](std::uint64_t from, std::uint64_t to) {
    return static_cast<double>(to - from) / static_cast<double>(events);
  };
  char text[128];
  std::snprintf(text, sizeof text, "; CPU µs an event: service %.1f, client %.1f",
                per_event(begun_.service, now.service), per_event(begun_.client, now.client));
  std::string line = text;
  if (sink_ < 0) return line;
  std::snprintf(text, sizeof text, ", sink %.1f", per_event(begun_.sink, now.sink));
  line += text;
  // The reading itself is one; duplicates write nothing.
  if (now.transactions <= begun_.transactions + 1) return line;
  std::snprintf(text, sizeof text, "; %.1f events a transaction",
                1 / per_event(begun_.transactions + 1, now.transactions));
  return line + text;
}

CostMeter::Used CostMeter::Read() const {
  Used used{CpuMicroseconds(service_), CpuMicroseconds(getpid())};
  if (sink_ >= 0) used.sink = CpuMicrosecondsWithChildren(sink_);
  if (is_postgres_) {
    used.transactions = std::stoull(bench_->postgres().QueryValue("SELECT txid_current()"));
  }
  return used;
}

}  // namespace oncegate::bench
