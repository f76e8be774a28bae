#include "bench/bench.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace oncegate::bench {
namespace {

/// What follows the colon of the first line of a /proc file that begins with `name`.
std::string FieldOf(const char* file, const std::string& name) {
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    if (!line.starts_with(name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", line.find(':'));
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "unknown";
}

boost::json::object Conditions(const Settings& settings) {
  utsname system{};
  uname(&system);
  const double memory_kib = std::atof(FieldOf("/proc/meminfo", "MemTotal").c_str());
  return {{"version", ONCEGATE_VERSION},
          {"processor", FieldOf("/proc/cpuinfo", "model name")},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_gib", std::round(memory_kib / 1024 / 1024)},
          {"system", std::string(system.sysname) + " " + system.release},
          {"round_seconds", static_cast<double>(settings.round.count()) / 1000},
          {"sweep_round_seconds", static_cast<double>(settings.sweep_round.count()) / 1000},
          {"rounds", settings.rounds},
          {"lanes", settings.lanes}};
}

std::filesystem::path MakeFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "oncegate-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  return pattern;
}

}  // namespace

Bench::Bench(const Settings& settings)
    : settings_(settings), results_(Conditions(settings)), folder_(MakeFolder()) {}

Bench::~Bench() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

test::PostgresServer& Bench::postgres() {
  if (!postgres_) {
    postgres_ = std::make_unique<test::PostgresServer>(test::PostgresServerOptions{
        true, {"max_connections = 200", "max_wal_size = '4GB'", "shared_buffers = '256MB'"}});
  }
  return *postgres_;
}

pid_t Bench::postgres_process() {
  std::ifstream file(postgres().QueryValue("SHOW data_directory") + "/postmaster.pid");
  pid_t process = -1;
  file >> process;
  return process;
}

std::filesystem::path Bench::NewFolder() {
  const std::filesystem::path folder = folder_ / std::to_string(++folders_);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace oncegate::bench
