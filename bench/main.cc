// oncegate_bench: every contestant on one machine in one run, so that the ratios count. The README
// gives the command; --help its options.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/event_load.h"
#include "bench/naive.h"
#include "bench/raw_loader.h"
#include "bench/raw_sqlite.h"
#include "bench/service.h"
#include "tests/support/postgres_server.h"

namespace oncegate::bench {
namespace {

struct Settings {
  std::string binary;
  int seconds = 5;
  std::uint32_t lanes = 2;
};

void Print(const std::string& name, double rate, const std::string& remark) {
  std::printf("%-58s %12.0f/s  %s\n", name.c_str(), rate, remark.c_str());
  std::fflush(stdout);
}

std::string Ratio(double rate, double base, const std::string& of) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f of %s", rate / base, of.c_str());
  return text;
}

std::string Latency(const EventRate& rate) {
  char text[64];
  std::snprintf(text, sizeof text, ", p50 %.1f ms, p99 %.1f ms", rate.latency_p50_ms,
                rate.latency_p99_ms);
  return text;
}

/// The rates of one sink's service: bulk, single events, duplicates.
struct Baselines {
  std::string bulk_name;
  double bulk = 0;
  std::optional<double> single;  // Naive single-row upserts with as many clients, if there are any.
  std::optional<double> single_many;
};

void MeasureService(const Settings& settings, const Service& service, const std::string& sink,
                    const Baselines& baselines) {
  const std::chrono::milliseconds duration = std::chrono::seconds(settings.seconds);
  std::uint64_t first_row = std::uint64_t{1} << 32;
  EventSender bulk(service.ingest_address(), {"bulk", 8, 500, duration}, first_row);
  const EventRate bulk_rate = bulk.SendNew();
  Print(
      "(c) oncegate on " + sink + ", 500 events a request, 8 connections",
      bulk_rate.events_per_second,
      Ratio(bulk_rate.events_per_second, baselines.bulk, baselines.bulk_name) + Latency(bulk_rate));
  for (const std::uint32_t connections : {64U, 256U}) {
    first_row += std::uint64_t{1} << 32;
    EventSender single(service.ingest_address(),
                       {"single_" + std::to_string(connections), connections, 1, duration},
                       first_row);
    const EventRate rate = single.SendNew();
    const auto& naive = connections == 64 ? baselines.single : baselines.single_many;
    Print(
        "(d) oncegate on " + sink + ", 1 event a request, " + std::to_string(connections) +
            " connections",
        rate.events_per_second,
        (naive ? Ratio(rate.events_per_second, *naive, "(b)") : std::string("-")) + Latency(rate));
  }
  const EventRate again = bulk.SendAgain();
  Print("(e) oncegate on " + sink + ", resent duplicates, 8 connections", again.events_per_second,
        "-" + Latency(again));
  std::printf("    peak memory of the service: %.0f MiB\n", service.PeakMemoryMib());
}

void MeasurePostgres(const Settings& settings, const std::filesystem::path& folder) {
  test::PostgresServer server(
      {true, {"max_connections = 200", "max_wal_size = '4GB'", "shared_buffers = '256MB'"}});
  const std::chrono::milliseconds duration = std::chrono::seconds(settings.seconds);
  double raw = 0;
  for (std::uint32_t connections = 1; connections <= 4; ++connections) {
    const double rate = RunRawLoader({server.Url(), connections, 4000, duration});
    Print("(a) raw loader, COPY + INSERT … SELECT, " + std::to_string(connections) + " connections",
          rate, "");
    raw = std::max(raw, rate);
  }
  const auto seconds = std::chrono::seconds(settings.seconds);
  const double naive = RunNaive(server.port(), folder, 32, seconds);
  Print("(b) naive single-row upserts, pgbench, 32 clients", naive, Ratio(naive, raw, "(a)"));
  const double naive_64 = RunNaive(server.port(), folder, 64, seconds);
  Print("(b) naive single-row upserts, pgbench, 64 clients", naive_64, Ratio(naive_64, raw, "(a)"));
  server.Query("DROP TABLE naive_rows; DROP TABLE raw_rows; CHECKPOINT");
  const Service service(settings.binary, folder / "postgres",
                        "[sinks.main]\ntype = \"postgres\"\nurl = \"" + server.Url() +
                            "\"\nlanes = " + std::to_string(settings.lanes) + "\n");
  MeasureService(settings, service, "Postgres",
                 {"(a)", raw, std::max(naive, naive_64), std::max(naive, naive_64)});
}

void MeasureSqlite(const Settings& settings, const std::filesystem::path& folder) {
  const std::chrono::milliseconds duration = std::chrono::seconds(settings.seconds);
  const double raw = RunRawSqlite((folder / "raw.sqlite").string(), 4000, duration);
  Print("(a) raw SQLite, prepared upserts, 4000 a transaction", raw, "");
  const Service service(settings.binary, folder / "sqlite", "");
  MeasureService(settings, service, "SQLite", {"(a)", raw, std::nullopt, std::nullopt});
}

int Main(int argc, char** argv) {
  Settings settings;
  settings.binary = ONCEGATE_BINARY;
  std::string only;
  CLI::App app{
      "Measures oncegate against a raw loader and naive upserts, on a throwaway Postgres "
      "and on SQLite"};
  app.add_option("--binary", settings.binary, "The service's binary");
  app.add_option("--seconds", settings.seconds, "Seconds per measurement")
      ->check(CLI::Range(1, 60));
  app.add_option("--lanes", settings.lanes, "Lanes of the Postgres sink")->check(CLI::Range(1, 16));
  app.add_option("--only", only, "postgres or sqlite")
      ->check(CLI::IsMember({"postgres", "sqlite"}));
  CLI11_PARSE(app, argc, argv);

  std::string pattern = (std::filesystem::temp_directory_path() / "oncegate-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror("mkdtemp");
    return 1;
  }
  const std::filesystem::path folder = pattern;
  int status = 0;
  try {
    if (only != "sqlite") MeasurePostgres(settings, folder);
    if (only != "postgres") MeasureSqlite(settings, folder);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    status = 1;
  }
  std::filesystem::remove_all(folder);
  return status;
}

}  // namespace
}  // namespace oncegate::bench

int main(int argc, char** argv) { return oncegate::bench::Main(argc, argv); }
