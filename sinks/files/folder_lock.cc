#include "sinks/files/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "sinks/files/disk.h"

namespace oncegate::files {
namespace {

std::string HolderOf(int descriptor) {
  char text[32];
  const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "another process" : "process " + holder;
}

/// For whoever finds the folder locked; the lock does not depend on it.
void WriteHolder(int descriptor) {
  const std::string holder = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(descriptor, holder.data(), holder.size(), 0);
}

}  // namespace

FolderLock::~FolderLock() { Release(); }

void FolderLock::Release() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

bool FolderLock::Holds(const std::filesystem::path& path) const {
  struct stat held {};
  struct stat named {};
  return descriptor_ >= 0 && ::fstat(descriptor_, &held) == 0 &&
         ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

SinkStatus FolderLock::Take(const std::filesystem::path& path) {
  Release();
  constexpr mode_t kMode = 0666;  // What the umask leaves of it.
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (descriptor_ < 0) return DiskError(errno, "opening", path);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
    WriteHolder(descriptor_);
    return {};
  }
  const int error_number = errno;
  const std::string holder = HolderOf(descriptor_);
  Release();
  if (error_number != EWOULDBLOCK) return DiskError(error_number, "locking", path);
  return SinkError{SinkErrorClass::kRefused,
                   "the folder " + path.parent_path().parent_path().string() + " is in use by " +
                       holder + "; give every process, and every sink, a folder of its own",
                   ""};
}

}  // namespace oncegate::files
