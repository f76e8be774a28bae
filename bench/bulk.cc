#include <algorithm>

#include "bench/measurements.h"
#include "bench/raw_loader.h"
#include "bench/raw_sqlite.h"
#include "bench/subject.h"

namespace oncegate::bench {
namespace {

constexpr std::uint32_t kRowsPerTransaction = 4000;
constexpr std::uint32_t kRawConnectionsMax = 4;

EventLoad BulkLoad() { return {.connections = 8, .events_per_request = 500}; }

/// The number of connections with which the raw loader is fastest here.
std::uint32_t BestConnections(Bench* bench, const RawLoad& load) {
  std::uint32_t best = 1;
  double best_rate = 0;
  for (std::uint32_t connections = 1; connections <= kRawConnectionsMax; ++connections) {
    RawLoad tried = load;
    tried.connections = connections;
    const double rate = RunRawLoader(tried);
    bench->results().AddFigure("raw loader, connections: " + std::to_string(connections), {rate},
                               "events/s", "to find the best");
    if (rate > best_rate) best = connections;
    best_rate = std::max(best_rate, rate);
  }
  return best;
}

void Compare(Bench* bench, SinkKind sink, const std::function<double()>& raw, double target) {
  Subject subject(bench, {.sink = sink});
  const std::vector<Samples> rates =
      Alternate(bench->settings().rounds,
                {raw, [&subject] { return subject.Send(BulkLoad()).events_per_second; }});
  const std::string raw_name = sink == SinkKind::kPostgres ? "raw loader" : "raw loop";
  bench->results().AddFigure(raw_name + " on " + NameOf(sink) + ", 4000 rows a transaction",
                             rates[0], "events/s", "");
  bench->results().AddFigure("oncegate on " + NameOf(sink) + ", 500 events a request", rates[1],
                             "events/s", subject.remark());
  bench->results().AddClaim(
      {"bulk to " + NameOf(sink), MedianRatio(rates[1], rates[0]), Bound::kAtLeast, target,
       "of the " + raw_name + "'s rate",
       sink == SinkKind::kPostgres
           ? "500 events a request, 8 connections; COPY, INSERT … SELECT … ON "
             "CONFLICT and a ledger row, its best of 1 to 4 connections"
           : "500 events a request, 8 connections; a prepared upsert in a "
             "loop and a ledger row, 4000 rows a transaction"});
}

}  // namespace

void MeasureBulk(Bench* bench) {
  const std::string database = bench->postgres().CreateDatabase();
  RawLoad load{bench->postgres().Url(database), 1, kRowsPerTransaction, bench->settings().round};
  load.connections = BestConnections(bench, load);
  Compare(
      bench, SinkKind::kPostgres, [&load] { return RunRawLoader(load); }, 0.85);
  bench->postgres().DropDatabase(database);
  const auto raw_sqlite = [bench] {
    const std::filesystem::path folder = bench->NewFolder();
    const double rate = RunRawSqlite((folder / "raw.sqlite").string(), kRowsPerTransaction,
                                     bench->settings().round);
    std::filesystem::remove_all(folder);
    return rate;
  };
  Compare(bench, SinkKind::kSqlite, raw_sqlite, 0.7);
}

}  // namespace oncegate::bench
