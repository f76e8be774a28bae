#include "dedupe/store/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace oncegate::store {
namespace {

constexpr char kLockFileName[] = "LOCK.oncegate";

/// The process id that the holder left in the file; empty if there is none (yet).
std::string HolderIn(int file) {
  char text[32];
  const ssize_t bytes = ::pread(file, text, sizeof text, 0);
  std::string holder;
  for (ssize_t i = 0; i < bytes && text[i] >= '0' && text[i] <= '9'; ++i) holder += text[i];
  return holder;
}

Error HeldError(const std::filesystem::path& path, const std::string& holder) {
  std::string message = "the store is in use: " + path.string() + " is locked by ";
  message += holder.empty() ? "another process" : "process " + holder;
  return Error{message + "; one oncegate process at a time may use the folder"};
}

/// False if the folder was renamed away between opening the file and locking it.
bool StillNames(const std::filesystem::path& path, int file) {
  struct stat by_path = {};
  struct stat by_file = {};
  return ::stat(path.c_str(), &by_path) == 0 && ::fstat(file, &by_file) == 0 &&
         by_path.st_dev == by_file.st_dev && by_path.st_ino == by_file.st_ino;
}

/// Some other program may have opened the folder with LevelDB alone. Only asked while no store of
/// this process has it open: closing any descriptor of LOCK would give up LevelDB's own lock.
Status CheckLevelDbLock(const std::filesystem::path& path) {
  const OwnedDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open()) {
    if (errno == ENOENT) return Ok();
    return FileError("open", path, errno);
  }
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_GETLK, &lock) != 0) return FileError("examine", path, errno);
  if (lock.l_type == F_UNLCK) return Ok();
  return HeldError(path, lock.l_pid > 0 ? std::to_string(lock.l_pid) : std::string());
}

Status WriteHolder(const std::filesystem::path& path, int file) {
  const std::string holder = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 ||
      ::pwrite(file, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size())) {
    return FileError("write", path, errno);
  }
  return Ok();
}

}  // namespace

Result<StoreLock> StoreLock::Acquire(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kLockFileName;
  OwnedDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) return FileError("open", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return HeldError(path, HolderIn(file.get()));
    return FileError("lock", path, errno);
  }
  if (!StillNames(path, file.get())) {
    return Error{"the store's folder " + directory.string() +
                 " was moved while it was being opened; start again"};
  }
  if (auto free = CheckLevelDbLock(directory / "LOCK"); !free) return free.error();
  if (auto written = WriteHolder(path, file.get()); !written) return written.error();
  return StoreLock(std::move(file));
}

}  // namespace oncegate::store
