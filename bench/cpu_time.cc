#include "bench/cpu_time.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace oncegate::bench {
namespace {

/// The ticks of proc_pid_stat(5).
struct Ticks {
  std::uint64_t own = 0;
  std::uint64_t waited_for = 0;
};

Ticks TicksOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name in brackets may hold anything; the fields after it are numbers, from the state on.
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t children_user = 0;
  std::uint64_t children_system = 0;
  fields >> user >> system >> children_user >> children_system;
  return {user + system, children_user + children_system};
}

std::uint64_t Microseconds(std::uint64_t ticks) {
  return ticks * 1'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::uint64_t CpuMicroseconds(pid_t process) { return Microseconds(TicksOf(process).own); }

std::uint64_t CpuMicrosecondsWithChildren(pid_t process) {
  const Ticks parent = TicksOf(process);
  std::uint64_t ticks = parent.own + parent.waited_for;
  const std::string number = std::to_string(process);
  std::ifstream children("/proc/" + number + "/task/" + number + "/children");
  for (pid_t child = 0; children >> child;) ticks += TicksOf(child).own;
  return Microseconds(ticks);
}

}  // namespace oncegate::bench
