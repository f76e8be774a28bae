// oncegate_bench: every contestant on one machine in one run, so that the ratios count. The README
// gives the command; --help its options.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "bench/cpu_time.h"
#include "bench/naive.h"
#include "bench/raw_loader.h"
#include "bench/raw_sqlite.h"
#include "bench/report.h"
#include "bench/service.h"
#include "bench/service_load.h"
#include "tests/support/postgres_server.h"

namespace oncegate::bench {
namespace {

struct Settings {
  std::string binary;
  int seconds = 5;
  std::uint32_t lanes = 2;
  std::string parts = "abcde";
};

bool Contains(const Settings& settings, char part) {
  return settings.parts.find(part) != std::string::npos;
}

/// The process that is the parent of all of a server's processes.
pid_t ProcessOf(const test::PostgresServer& server) {
  std::ifstream file(server.QueryValue("SHOW data_directory") + "/postmaster.pid");
  pid_t process = -1;
  file >> process;
  return process;
}

double MeasureRawLoader(const Settings& settings, const test::PostgresServer& server) {
  double best = 0;
  for (std::uint32_t connections = 1; connections <= 4; ++connections) {
    const double rate =
        RunRawLoader({server.Url(), connections, 4000, std::chrono::seconds(settings.seconds)});
    Print("(a) raw loader, COPY + INSERT … SELECT, " + std::to_string(connections) + " connections",
          rate, "");
    best = std::max(best, rate);
  }
  server.Query("DROP TABLE raw_rows");
  return best;
}

double MeasureNaive(const Settings& settings, const test::PostgresServer& server,
                    const std::filesystem::path& folder, double raw) {
  double best = 0;
  const pid_t process = ProcessOf(server);
  for (const std::uint32_t clients : {32U, 64U}) {
    const std::uint64_t cpu_before = CpuMicrosecondsWithChildren(process);
    const NaiveResult naive =
        RunNaive(server.port(), folder, clients, std::chrono::seconds(settings.seconds));
    const auto cpu = static_cast<double>(CpuMicrosecondsWithChildren(process) - cpu_before);
    char text[64];
    std::snprintf(text, sizeof text, "; CPU µs per event: sink %.1f",
                  cpu / static_cast<double>(naive.upserts));
    Print("(b) naive single-row upserts, pgbench, " + std::to_string(clients) + " clients",
          naive.upserts_per_second, Ratio(naive.upserts_per_second, raw, "(a)") + text);
    best = std::max(best, naive.upserts_per_second);
  }
  server.Query("DROP TABLE naive_rows");
  return best;
}

void MeasurePostgres(const Settings& settings, const std::filesystem::path& folder) {
  const test::PostgresServer server(
      {true, {"max_connections = 200", "max_wal_size = '4GB'", "shared_buffers = '256MB'"}});
  ServiceLoad load;
  load.sink = "Postgres";
  load.duration = std::chrono::seconds(settings.seconds);
  load.parts = settings.parts;
  load.sink_server = ProcessOf(server);
  load.transactions = [&server]() -> std::uint64_t {
    return std::stoull(server.QueryValue("SELECT txid_current()"));
  };
  if (Contains(settings, 'a')) load.bulk_base = MeasureRawLoader(settings, server);
  if (Contains(settings, 'b')) {
    load.single_base = MeasureNaive(settings, server, folder, load.bulk_base);
  }
  server.Query("CHECKPOINT");
  const Service service(settings.binary, folder / "postgres",
                        "[sinks.main]\ntype = \"postgres\"\nurl = \"" + server.Url() +
                            "\"\nlanes = " + std::to_string(settings.lanes) + "\n");
  MeasureService(load, service);
}

void MeasureSqlite(const Settings& settings, const std::filesystem::path& folder) {
  ServiceLoad load;
  load.sink = "SQLite";
  load.duration = std::chrono::seconds(settings.seconds);
  load.parts = settings.parts;
  if (Contains(settings, 'a')) {
    load.bulk_base = RunRawSqlite((folder / "raw.sqlite").string(), 4000, load.duration);
    Print("(a) raw SQLite, prepared upserts, 4000 a transaction", load.bulk_base, "");
  }
  const Service service(settings.binary, folder / "sqlite", "");
  MeasureService(load, service);
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
  app.add_option("--parts", settings.parts,
                 "What to measure, by letter; (e) resends what (c) sent");
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
