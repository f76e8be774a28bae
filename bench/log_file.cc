#include "bench/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace oncegate::bench {
namespace {

[[noreturn]] void Throw(const std::string& doing) {
  throw std::runtime_error(doing + ": " + std::strerror(errno));
}

}  // namespace

LogFile::LogFile(const std::filesystem::path& path)
    : descriptor_(open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0) Throw(path.string());
}

LogFile::~LogFile() { close(descriptor_); }

void LogFile::Append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) Throw("write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void LogFile::Sync() {
  if (fdatasync(descriptor_) != 0) Throw("fdatasync");
}

}  // namespace oncegate::bench
