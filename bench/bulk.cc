#include "bench/comparison.h"
#include "bench/measurements.h"
#include "bench/raw_loader.h"
#include "bench/raw_sqlite.h"

namespace oncegate::bench {
namespace {

constexpr char kDetail[] = "4000 rows a transaction";

void MeasurePostgres(Bench* bench) {
  const std::string database = bench->postgres().CreateDatabase();
  const std::string url = bench->postgres().Url(database);
  const auto load = [&](std::uint32_t connections) {
    return RunRawLoader(url, {connections, kRowsUnderWay, bench->settings().round});
  };
  const std::uint32_t connections = BestConnections(bench, "raw loader", load);
  Compare(bench, {.sink = "Postgres",
                  .raw = "raw loader",
                  .raw_detail = kDetail,
                  .how = "COPY, INSERT … SELECT … ON CONFLICT and a ledger row, its best of 1 to 4 "
                         "connections",
                  .load = [&] { return load(connections); },
                  .target = 0.85});
  bench->postgres().DropDatabase(database);
}

void MeasureSqlite(Bench* bench) {
  const auto load = [bench] {
    const std::filesystem::path folder = bench->NewFolder();
    const double rate =
        RunRawSqlite((folder / "raw.sqlite").string(), kRowsUnderWay, bench->settings().round);
    std::filesystem::remove_all(folder);
    return rate;
  };
  Compare(bench, {.sink = "SQLite",
                  .raw = "raw loop",
                  .raw_detail = kDetail,
                  .how = "a prepared upsert in a loop and a ledger row, 4000 rows a transaction",
                  .load = load,
                  .target = 0.7,
                  .subject = {.sink = SinkKind::kSqlite}});
}

}  // namespace

void MeasureBulk(Bench* bench) {
  MeasurePostgres(bench);
  MeasureSqlite(bench);
}

}  // namespace oncegate::bench
