#include "tests/hostile/process_figures.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace oncegate::hostile {
namespace {

std::filesystem::path Folder(pid_t process) {
  return std::filesystem::path("/proc") / std::to_string(process);
}

/// A line of /proc/PID/status such as "VmRSS:  123 kB".
std::size_t StatusBytes(pid_t process, const std::string& name) {
  std::ifstream status(Folder(process) / "status");
  std::string word;
  while (status >> word) {
    std::size_t kilobytes = 0;
    if (word == name && status >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("process " + std::to_string(process) + " is gone");
}

}  // namespace

std::size_t ResidentBytes(pid_t process) { return StatusBytes(process, "VmRSS:"); }
std::size_t PeakResidentBytes(pid_t process) { return StatusBytes(process, "VmHWM:"); }
std::size_t VirtualBytes(pid_t process) { return StatusBytes(process, "VmSize:"); }

void ResetPeak(pid_t process) {
  std::ofstream file(Folder(process) / "clear_refs");
  file << 5 << std::flush;  // See proc(5).
  if (!file) throw std::runtime_error("the peak of resident memory can not be reset");
}

std::size_t OpenDescriptors(pid_t process) {
  const std::filesystem::directory_iterator entries(Folder(process) / "fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::chrono::milliseconds ProcessorTime(pid_t process) {
  std::ifstream file(Folder(process) / "stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  // The name in brackets may hold anything; utime and stime are the 12th and 13th word behind it.
  std::size_t at = text.rfind(')');
  if (at == std::string::npos) throw std::runtime_error("the process is gone");
  for (int word = 0; word < 12; ++word) at = text.find(' ', at + 1);
  std::size_t used = 0;
  const long user = std::stol(text.substr(at), &used);
  const long kernel = std::stol(text.substr(at + used));
  return std::chrono::milliseconds((user + kernel) * 1000 / sysconf(_SC_CLK_TCK));
}

}  // namespace oncegate::hostile
