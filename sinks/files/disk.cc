#include "sinks/files/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace oncegate::files {

SinkError DiskError(int error_number, std::string_view doing, const std::filesystem::path& path) {
  return {SinkErrorClass::kConnection,
          std::string(doing) + " " + path.string() + ": " +
              std::generic_category().message(error_number),
          ""};
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

SinkResult<File> File::OpenWith(const std::filesystem::path& path, int flags) {
  constexpr mode_t kMode = 0666;  // What the umask leaves of it.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, kMode);
  if (descriptor < 0) return DiskError(errno, "opening", path);
  return File(descriptor, path);
}

SinkResult<File> File::Create(const std::filesystem::path& path) {
  return OpenWith(path, O_CREAT | O_EXCL);
}

SinkResult<File> File::Open(const std::filesystem::path& path) { return OpenWith(path, 0); }

SinkResult<std::uint64_t> File::Size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return DiskError(errno, "looking at", path_);
  return static_cast<std::uint64_t>(status.st_size);
}

SinkStatus File::WriteAt(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return DiskError(errno, "writing", path_);
    }
    offset += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

SinkStatus File::Truncate(std::uint64_t bytes) {
  while (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) {
    if (errno != EINTR) return DiskError(errno, "cutting", path_);
  }
  return {};
}

SinkStatus File::SyncData() {
  while (::fdatasync(descriptor_) != 0) {
    if (errno != EINTR) return DiskError(errno, "syncing", path_);
  }
  return {};
}

SinkStatus SyncFolder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return DiskError(errno, "opening", folder);
  int code = 0;
  do {
    code = ::fsync(descriptor);
  } while (code != 0 && errno == EINTR);
  const int error_number = errno;
  ::close(descriptor);
  if (code != 0) return DiskError(error_number, "syncing", folder);
  return {};
}

SinkStatus MakeFolder(const std::filesystem::path& folder) {
  constexpr mode_t kMode = 0777;  // What the umask leaves of it.
  if (::mkdir(folder.c_str(), kMode) != 0 && errno != EEXIST) {
    return DiskError(errno, "making", folder);
  }
  // One that is there may have been made by a process that died before this.
  return SyncFolder(folder.parent_path());
}

SinkStatus Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  SinkResult<bool> taken = FileExists(to);
  if (!taken) return taken.error();
  if (*taken) return DiskError(EEXIST, "publishing", to);
  if (::rename(from.c_str(), to.c_str()) != 0) return DiskError(errno, "publishing", to);
  return {};
}

SinkResult<bool> FileExists(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return S_ISREG(status.st_mode);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return DiskError(errno, "looking for", path);
}

}  // namespace oncegate::files
