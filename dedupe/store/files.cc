#include "dedupe/store/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace oncegate::store {
namespace {

const char* AdviceFor(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return "; the folder and its files must be writable by the user that runs oncegate";
    case ENOSPC:
    case EDQUOT:
      return "; free space on that disk and start again";
    default:
      return "";
  }
}

}  // namespace

Error FileError(const char* action, const std::filesystem::path& path, int error_number) {
  return Error{std::string("cannot ") + action + " " + path.string() + ": " +
               std::generic_category().message(error_number) + AdviceFor(error_number)};
}

OwnedDescriptor::~OwnedDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

OwnedDescriptor::OwnedDescriptor(OwnedDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

OwnedDescriptor& OwnedDescriptor::operator=(OwnedDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Result<std::string> ReadWholeFile(const std::filesystem::path& path) {
  const OwnedDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return FileError("open", path, errno);
  std::string content;
  char buffer[65536];
  for (;;) {
    const ssize_t bytes = ::read(file.get(), buffer, sizeof buffer);
    if (bytes == 0) return {boost::system::in_place_value, std::move(content)};
    if (bytes > 0) {
      content.append(buffer, static_cast<std::size_t>(bytes));
    } else if (errno != EINTR) {
      return FileError("read", path, errno);
    }
  }
}

Status ShortenFile(const std::filesystem::path& path, std::uint64_t bytes) {
  const OwnedDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return FileError("open", path, errno);
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0 || ::fsync(file.get()) != 0) {
    return FileError("shorten", path, errno);
  }
  return Ok();
}

Status CreateEmptyFile(const std::filesystem::path& path) {
  const OwnedDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) return FileError("create", path, errno);
  return SyncDirectory(path.parent_path());
}

Status SyncDirectory(const std::filesystem::path& directory) {
  const OwnedDescriptor folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return FileError("open", directory, errno);
  if (::fsync(folder.get()) != 0) return FileError("sync", directory, errno);
  return Ok();
}

std::vector<std::filesystem::path> ListDirectory(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  // Not a range-based for: its increment throws.
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    entries.push_back(entry->path());
  }
  return entries;
}

Status EnsureDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  const bool created = std::filesystem::create_directories(directory, error);
  if (error) return FileError("create the folder", directory, error.value());
  if (!std::filesystem::is_directory(directory, error)) {
    return FileError("use as a folder", directory, error ? error.value() : ENOTDIR);
  }
  if (!created) return Ok();
  const auto parent = std::filesystem::absolute(directory).parent_path();
  return SyncDirectory(parent);
}

}  // namespace oncegate::store
