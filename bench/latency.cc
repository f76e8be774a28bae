#include <algorithm>
#include <stdexcept>

#include "bench/bare_commit.h"
#include "bench/measurements.h"
#include "bench/raw_sqlite.h"
#include "bench/subject.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kConnections = 256;
constexpr std::uint32_t kPacedClients = 64;
constexpr double kShareOfPeak = 0.5;

EventLoad SingleLoad() { return {.connections = kConnections, .events_per_request = 1}; }

struct Percentiles {
  Samples p50_ms;
  Samples p99_ms;

  void Add(const std::vector<double>& latencies_ms) {
    p50_ms.push_back(Percentile(latencies_ms, 50));
    p99_ms.push_back(Percentile(latencies_ms, 99));
  }
};

void AddFigures(Bench* bench, const std::string& name, const Percentiles& percentiles,
                const std::string& remark) {
  bench->results().AddFigure(name + ", p50", percentiles.p50_ms, "ms", remark);
  bench->results().AddFigure(name + ", p99", percentiles.p99_ms, "ms", "");
}

std::vector<double> RunServicePaced(Subject* subject, double rate) {
  const PacedResult paced = subject->SendPaced(SingleLoad(), rate);
  if (paced.settled != paced.sent) throw std::runtime_error("not every event was settled");
  return paced.latencies_ms;
}

double MeasurePeak(Bench* bench, Subject* subject) {
  const std::vector<Samples> peaks = Alternate(
      bench->settings().rounds, {[&] { return subject->Send(SingleLoad()).events_per_second; }});
  return Median(peaks[0]);
}

void Compare(Bench* bench, SinkKind sink, const std::function<std::vector<double>()>& run_bare,
             const std::function<std::vector<double>(double)>& run_bare_paced) {
  Subject subject(bench, {.sink = sink});
  const double peak = MeasurePeak(bench, &subject);
  const double rate = peak * kShareOfPeak;
  Percentiles service;
  Percentiles bare;
  Percentiles bare_paced;
  for (std::uint32_t round = 0; round < bench->settings().rounds; ++round) {
    bare.Add(run_bare());
    service.Add(RunServicePaced(&subject, rate));
    if (run_bare_paced) bare_paced.Add(run_bare_paced(rate));
  }
  const std::string name = NameOf(sink);
  const std::string pace = std::to_string(static_cast<int>(rate)) + " events/s";
  bench->results().AddFigure(name + ", peak of single events, 256 connections", {peak}, "events/s",
                             "");
  AddFigures(bench, name + ", oncegate at half of it", service, pace);
  AddFigures(bench, name + ", bare commits, one client", bare, "one after the other");
  if (run_bare_paced) {
    AddFigures(bench, name + ", bare commits by 64 clients", bare_paced, "offered " + pace);
  }
  const std::string how =
      "open loop at half of the peak, 256 connections, from the time an event was due; the bare "
      "commit is one client on the idle sink, one commit after the other";
  bench->results().AddClaim({"latency on " + name + ", p50",
                             MedianRatio(service.p50_ms, bare.p50_ms), Bound::kAtMost, 2,
                             "times that of a bare commit", how});
  bench->results().AddClaim({"latency on " + name + ", p99",
                             MedianRatio(service.p99_ms, bare.p99_ms), Bound::kAtMost, 3,
                             "times that of a bare commit", how});
}

}  // namespace

void MeasureLatency(Bench* bench) {
  const std::chrono::milliseconds round = bench->settings().round;
  const std::string database = bench->postgres().CreateDatabase();
  const std::string url = bench->postgres().Url(database);
  Compare(
      bench, SinkKind::kPostgres, [&] { return RunBareCommits(url, round); },
      [&](double rate) { return RunPacedCommits(url, kPacedClients, rate, round); });
  bench->postgres().DropDatabase(database);
  const auto run_bare_sqlite = [&] {
    const std::filesystem::path folder = bench->NewFolder();
    std::vector<double> latencies_ms;
    RunRawSqlite((folder / "raw.sqlite").string(), 1, round, &latencies_ms);
    std::filesystem::remove_all(folder);
    return latencies_ms;
  };
  Compare(bench, SinkKind::kSqlite, run_bare_sqlite, nullptr);
}

}  // namespace oncegate::bench
