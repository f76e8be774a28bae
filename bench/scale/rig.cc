#include "bench/scale/rig.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "dedupe/types/check.h"

namespace oncegate::scale {

std::uint64_t Mix(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

Fingerprint FingerprintOf(std::uint64_t number) { return {Mix(number), Mix(~number)}; }

std::string ProducerName(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "device-%010llu", static_cast<unsigned long long>(number));
  return name;
}

IndexedProducer ProducerEntry(std::uint64_t number, std::int64_t last_sequence) {
  IndexedProducer entry;
  entry.state.known = true;
  entry.state.window.ranges = {{0, last_sequence}};
  std::uint64_t bits = Mix(number ^ static_cast<std::uint64_t>(last_sequence));
  for (std::uint8_t& byte : entry.token.bytes) {
    byte = static_cast<std::uint8_t>(bits);
    bits = Mix(bits);
  }
  entry.fingerprint_generation = Mix(number);
  return entry;
}

std::string IdName(std::uint64_t number, std::uint64_t count, std::uint64_t series) {
  const std::uint64_t step = std::numeric_limits<std::uint64_t>::max() / count;
  const std::uint64_t random = Mix(number * 16 + series);
  char name[32];
  std::snprintf(name, sizeof name, "%016llx%07llx%llx",
                static_cast<unsigned long long>(number * step + random % step),
                static_cast<unsigned long long>(random >> 36),
                static_cast<unsigned long long>(series));
  return name;
}

std::unique_ptr<LevelDbStore> OpenStore(const std::filesystem::path& directory) {
  LevelDbStoreOptions options;
  options.directory = directory;
  auto opened = LevelDbStore::Open(options);
  if (!opened) Must(opened.error());
  return std::move(*opened);
}

void MustWrite(LevelDbStore* store, const IndexUpdate& update) { Must(store->Write(update)); }

void Must(const Status& status) {
  if (status) return;
  std::fprintf(stderr, "oncegate_scale: %s\n", status.error().message.c_str());
  std::exit(1);
}

double ThreadCpuSeconds() {
  timespec time{};
  CHECK(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void Print(const std::string& name, double figure, const std::string& unit) {
  std::printf("%-58s %12.*f %s\n", name.c_str(), figure < 1000 ? 2 : 0, figure, unit.c_str());
  std::fflush(stdout);
}

void PrintMemory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  double whole_kib = 0;
  double own_kib = 0;
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string field;
    words >> field;
    if (field == "VmRSS:") words >> whole_kib;
    if (field == "RssAnon:") words >> own_kib;
  }
  Print(name + ", resident", whole_kib / 1024, "MiB");
  Print(name + ", resident without pages of files", own_kib / 1024, "MiB");
}

void RunApart(const std::function<void()>& phase) {
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    phase();
    std::fflush(stdout);
    ::_exit(0);
  }
  int ended = 0;
  CHECK(::waitpid(child, &ended, 0) == child);
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0) std::exit(1);
}

}  // namespace oncegate::scale
