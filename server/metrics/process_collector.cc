#include "server/metrics/process_collector.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <utility>

namespace oncegate {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Single(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  family.metric.resize(1);
  if (type == MetricType::Counter) {
    family.metric[0].counter.value = value;
  } else {
    family.metric[0].gauge.value = value;
  }
  return family;
}

double ReadClock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// The fields of /proc/self/stat from the third one ("state") on: the second is the program's name,
/// in parentheses, and may itself hold blanks and parentheses.
std::vector<std::string> ReadStatFields(const std::filesystem::path& proc) {
  std::ifstream stat(proc / "self" / "stat");
  std::string line;
  std::getline(stat, line);
  const std::size_t name_end = line.rfind(')');
  std::vector<std::string> fields;
  if (name_end == std::string::npos) return fields;
  std::istringstream words(line.substr(name_end + 1));
  for (std::string word; words >> word;) fields.push_back(std::move(word));
  return fields;
}

}  // namespace

double BootTimeSeconds() { return ReadClock(CLOCK_REALTIME) - ReadClock(CLOCK_BOOTTIME); }

ProcessCollector::ProcessCollector(std::filesystem::path proc, double boot_time_seconds)
    : proc_(std::move(proc)), boot_time_seconds_(boot_time_seconds) {}

std::vector<MetricFamily> ProcessCollector::Collect() const {
  std::vector<MetricFamily> families;
  AddStat(&families);
  AddFileDescriptors(&families);
  return families;
}

void ProcessCollector::AddStat(std::vector<MetricFamily>* families) const {
  const std::vector<std::string> fields = ReadStatFields(proc_);
  // Numbers of the fields as proc(5) counts them, from 1.
  const auto field = [&fields](std::size_t number) {
    return std::strtod(fields[number - 3].c_str(), nullptr);
  };
  if (fields.size() < 22) return;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));

  families->push_back(Single("process_cpu_seconds_total", "User and system CPU time spent.",
                             MetricType::Counter, (field(14) + field(15)) / ticks_per_second));
  families->push_back(
      Single("process_threads", "Threads of the process.", MetricType::Gauge, field(20)));
  families->push_back(Single("process_start_time_seconds",
                             "Start of the process in seconds since 1970-01-01 UTC.",
                             MetricType::Gauge, boot_time_seconds_ + field(22) / ticks_per_second));
  families->push_back(Single("process_virtual_memory_bytes", "Size of the address space.",
                             MetricType::Gauge, field(23)));
  families->push_back(Single("process_resident_memory_bytes", "Memory that is in RAM.",
                             MetricType::Gauge, field(24) * page_bytes));
}

void ProcessCollector::AddFileDescriptors(std::vector<MetricFamily>* families) const {
  std::error_code error;
  std::int64_t open = 0;
  std::filesystem::directory_iterator entry(proc_ / "self" / "fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++open;
  if (!error) {
    // Reading the directory opened one more.
    families->push_back(Single("process_open_fds", "Open file descriptors.", MetricType::Gauge,
                               static_cast<double>(open - 1)));
  }

  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const double max = limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                                       : static_cast<double>(limit.rlim_cur);
    families->push_back(Single("process_max_fds", "Open file descriptors that are allowed.",
                               MetricType::Gauge, max));
  }
}

}  // namespace oncegate
