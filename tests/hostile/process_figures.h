// What the kernel tells of a running process. Every failure throws std::runtime_error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>

namespace oncegate::hostile {

/// Resident memory now, and at most since the start or since the peak was reset.
std::size_t ResidentBytes(pid_t process);
std::size_t PeakResidentBytes(pid_t process);
/// The peak starts over from what is resident now.
void ResetPeak(pid_t process);
/// Address space.
std::size_t VirtualBytes(pid_t process);
std::size_t OpenDescriptors(pid_t process);
/// Time on a processor, of user and kernel.
std::chrono::milliseconds ProcessorTime(pid_t process);

}  // namespace oncegate::hostile
