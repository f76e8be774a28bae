// CPU time of whole processes, from /proc. A rate depends on what else the machine does, the CPU
// time per event hardly: it is the figure to compare between two runs.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace oncegate::bench {

/// User and system time of the process so far, all threads; 0 if there is no such process.
std::uint64_t CpuMicroseconds(pid_t process);
/// The same with its children, living or waited for.
std::uint64_t CpuMicrosecondsWithChildren(pid_t process);

}  // namespace oncegate::bench
