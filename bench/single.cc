#include "bench/cpu_time.h"
#include "bench/measurements.h"
#include "bench/naive.h"
#include "bench/subject.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kNaiveClients = 64;
// Several connections of one upstream, as most are.
constexpr std::uint32_t kSharedProducers = 8;

struct SingleCase {
  std::uint32_t connections;
  std::uint32_t producers;  // UINT32_MAX: one for each connection.
};
constexpr SingleCase kCases[] = {
    {64, UINT32_MAX}, {256, UINT32_MAX}, {64, kSharedProducers}, {256, kSharedProducers}};

std::string NameOf(const SingleCase& single) {
  return "1 event a request, " + std::to_string(single.connections) + " connections, " +
         (single.producers == UINT32_MAX ? "a producer each"
                                         : std::to_string(single.producers) + " producers");
}

/// Naive clients on the same server; what an upsert costs it goes to *remark.
double RunNaiveRound(Bench* bench, const std::filesystem::path& folder, std::string* remark) {
  const pid_t server = bench->postgres_process();
  const std::uint64_t cpu_before = CpuMicrosecondsWithChildren(server);
  const NaiveResult naive =
      RunNaive(bench->postgres().port(), folder, kNaiveClients,
               std::chrono::duration_cast<std::chrono::seconds>(bench->settings().round));
  const auto cpu = static_cast<double>(CpuMicrosecondsWithChildren(server) - cpu_before);
  char text[64];
  std::snprintf(text, sizeof text, "CPU µs an event: sink %.1f",
                cpu / static_cast<double>(naive.upserts));
  *remark = text;
  return naive.upserts_per_second;
}

/// Adds the service's rounds on this sink behind those of `contestants`, and reports them.
std::vector<Samples> Run(Bench* bench, SinkKind sink,
                         std::vector<std::function<double()>> contestants) {
  Subject subject(bench, {.sink = sink});
  std::vector<std::string> remarks(std::size(kCases));
  const std::size_t before = contestants.size();
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    contestants.push_back([&subject, &remark = remarks[i], single = kCases[i]] {
      const EventRate rate = subject.Send({.connections = single.connections,
                                           .events_per_request = 1,
                                           .producers = single.producers});
      remark = subject.remark();
      return rate.events_per_second;
    });
  }
  std::vector<Samples> rates = Alternate(bench->settings().rounds, contestants);
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    bench->results().AddFigure(NameOf(sink) + ", " + NameOf(kCases[i]), rates[before + i],
                               "events/s", remarks[i]);
  }
  return rates;
}

}  // namespace

void MeasureSingle(Bench* bench) {
  const std::filesystem::path folder = bench->NewFolder();
  std::string naive_remark;
  const std::vector<Samples> rates = Run(
      bench, SinkKind::kPostgres, {[&] { return RunNaiveRound(bench, folder, &naive_remark); }});
  bench->postgres().Query("DROP TABLE naive_rows");
  bench->results().AddFigure("naive upserts by pgbench, 64 clients", rates[0], "events/s",
                             naive_remark);
  const std::string unit = "times naive upserts by 64 clients";
  const std::string how =
      "a producer for each connection; every naive event its own prepared INSERT … ON CONFLICT and "
      "COMMIT";
  bench->results().AddClaim({"single events to Postgres, 64 connections",
                             MedianRatio(rates[1], rates[0]), Bound::kAtLeast, 3, unit, how});
  bench->results().AddClaim({"single events to Postgres, 256 connections",
                             MedianRatio(rates[2], rates[0]), Bound::kAtLeast, 4, unit, how});
  Run(bench, SinkKind::kSqlite, {});
}

}  // namespace oncegate::bench
