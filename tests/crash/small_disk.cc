#include "tests/crash/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "tests/support/temporary_folder.h"

namespace oncegate::crash {
namespace {

namespace fs = std::filesystem;

/// Once for the thread; changes to mounts stay inside.
bool EnterOwnNamespace() {
  thread_local const bool entered =
      unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return entered;
}

void CopyInto(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

}  // namespace

std::string SmallDisk::Obstacle() {
  return EnterOwnNamespace() ? "" : std::string("can not mount: ") + std::strerror(errno);
}

SmallDisk::SmallDisk(fs::path folder, std::size_t megabytes) : folder_(std::move(folder)) {
  const test::TemporaryFolder kept;
  CopyInto(folder_, kept.path());
  const std::string size = "size=" + std::to_string(megabytes) + "m";
  if (!EnterOwnNamespace() || mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) != 0) {
    throw std::runtime_error("can not mount " + folder_.string());
  }
  CopyInto(kept.path(), folder_);
}

SmallDisk::~SmallDisk() { umount2(folder_.c_str(), MNT_DETACH); }

void SmallDisk::Fill() {
  const int file = open(Ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) throw std::runtime_error("can not fill " + folder_.string());
  std::array<char, 65536> block{};
  std::size_t bytes = block.size();
  while (bytes > 0) {
    if (write(file, block.data(), bytes) < 0) bytes /= 2;
  }
  close(file);
}

void SmallDisk::Free() { fs::remove(Ballast()); }

}  // namespace oncegate::crash
