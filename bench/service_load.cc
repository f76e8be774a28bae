#include "bench/service_load.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "bench/cpu_time.h"
#include "bench/report.h"
#include "server/load/event_load.h"

namespace oncegate::bench {
namespace {

// Rows of different loads have different keys.
constexpr std::uint64_t kRowsPerLoad = std::uint64_t{1} << 32;
// Several connections of one upstream, as most are.
constexpr std::uint32_t kSharedProducers = 8;

/// What all who take part spend, from here to the call of PerEvent.
class CostMeter {
 public:
  CostMeter(const ServiceLoad& load, const Service& service)
      : load_(load), service_(service), begun_(Read()) {}

  std::string PerEvent(std::uint64_t events) const {
    const Used now = Read();
    const auto per_event = [events](std::uint64_t from, std::uint64_t to) {
      return static_cast<double>(to - from) / static_cast<double>(events);
    };
    char text[128];
    std::snprintf(text, sizeof text, "; CPU µs per event: service %.1f, client %.1f",
                  per_event(begun_.service, now.service), per_event(begun_.client, now.client));
    std::string line = text;
    if (load_.sink_server >= 0) {
      std::snprintf(text, sizeof text, ", sink %.1f", per_event(begun_.sink, now.sink));
      line += text;
    }
    if (now.transactions > begun_.transactions) {
      std::snprintf(text, sizeof text, "; %.1f events a transaction",
                    1 / per_event(begun_.transactions, now.transactions));
      line += text;
    }
    return line;
  }

 private:
  struct Used {
    std::uint64_t service;
    std::uint64_t client;
    std::uint64_t sink;
    std::uint64_t transactions;
  };

  Used Read() const {
    return {CpuMicroseconds(service_.process()), CpuMicroseconds(getpid()),
            load_.sink_server < 0 ? 0 : CpuMicrosecondsWithChildren(load_.sink_server),
            load_.transactions ? load_.transactions() : 0};
  }

  const ServiceLoad& load_;
  const Service& service_;
  const Used begun_;
};

bool Contains(const ServiceLoad& load, char part) {
  return load.parts.find(part) != std::string::npos;
}

void MeasureSingle(const ServiceLoad& load, const Service& service, const EventLoad& events,
                   std::uint64_t first_row) {
  EventSender sender("127.0.0.1", service.ingest_port(), events, first_row);
  const CostMeter cost(load, service);
  const EventRate rate = sender.SendNew();
  const std::string producers = events.producers < events.connections
                                    ? std::to_string(events.producers) + " producers"
                                    : "a producer each";
  Print("(d) oncegate on " + load.sink + ", 1 event a request, " +
            std::to_string(events.connections) + " connections, " + producers,
        rate.events_per_second,
        Ratio(rate.events_per_second, load.single_base, "(b)") + Latency(rate) +
            cost.PerEvent(rate.events));
}

}  // namespace

void MeasureService(const ServiceLoad& load, const Service& service) {
  std::uint64_t first_row = kRowsPerLoad;
  EventSender bulk("127.0.0.1", service.ingest_port(), {"bulk", "bench-", 8, 500, load.duration},
                   first_row);
  if (Contains(load, 'c') || Contains(load, 'e')) {
    const CostMeter cost(load, service);
    const EventRate rate = bulk.SendNew();
    Print("(c) oncegate on " + load.sink + ", 500 events a request, 8 connections",
          rate.events_per_second,
          Ratio(rate.events_per_second, load.bulk_base, "(a)") + Latency(rate) +
              cost.PerEvent(rate.events));
  }
  for (const std::uint32_t producers : {UINT32_MAX, kSharedProducers}) {
    if (!Contains(load, 'd')) break;
    for (const std::uint32_t connections : {64U, 256U}) {
      first_row += kRowsPerLoad;
      const std::string stream = "single_" + std::to_string(first_row / kRowsPerLoad);
      MeasureSingle(load, service, {stream, "bench-", connections, 1, load.duration, producers},
                    first_row);
    }
  }
  if (Contains(load, 'e')) {
    const CostMeter cost(load, service);
    const EventRate again = bulk.SendAgain();
    Print("(e) oncegate on " + load.sink + ", resent duplicates, 8 connections",
          again.events_per_second, "-" + Latency(again) + cost.PerEvent(again.events));
  }
  std::printf("    peak memory of the service: %.0f MiB\n", service.PeakMemoryMib());
}

}  // namespace oncegate::bench
