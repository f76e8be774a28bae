#include "server/app/process.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

// Blocks from this size on are mapped and unmapped one by one. Smaller ones are reused, which
// spares common bodies the page faults.
constexpr int kMappedBlockBytesMin = 2 * 1024 * 1024;
// Free memory that the allocator keeps for each thread.
constexpr int kKeptBytesMax = 4 * 1024 * 1024;

}  // namespace

void RaiseOpenFilesLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void ReturnLargeMemory() {
  mallopt(M_MMAP_THRESHOLD, kMappedBlockBytesMin);
  mallopt(M_TRIM_THRESHOLD, kKeptBytesMax);
}

void IgnoreBrokenPipes() { std::signal(SIGPIPE, SIG_IGN); }

Status MakeDataDir(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.has_parent_path())
    std::filesystem::create_directories(directory.parent_path(), error);
  if (mkdir(directory.c_str(), S_IRWXU) == 0) return Ok();
  const int reason = errno;
  if (reason == EEXIST && std::filesystem::is_directory(directory, error)) return Ok();
  return Error{"data_dir " + directory.string() + " can not be created: " + std::strerror(reason)};
}

TerminationSignals::TerminationSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  CHECK(pthread_sigmask(SIG_BLOCK, &signals_, nullptr) == 0);
}

int TerminationSignals::Wait() {
  int signal = 0;
  CHECK(sigwait(&signals_, &signal) == 0);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  CHECK(pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr) == 0);
  return signal;
}

}  // namespace oncegate
