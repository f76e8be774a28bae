#include "sinks/webhook/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace oncegate::webhook {

InstanceLock::~InstanceLock() {
  if (file_ >= 0) ::close(file_);
}

SinkStatus InstanceLock::Take(const std::filesystem::path& outbox) {
  if (file_ >= 0) return {};
  const std::string path = outbox.string() + ".lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return SinkError{SinkErrorClass::kConnection, path + ": " + std::strerror(errno), ""};
  }
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) {
    file_ = file;
    return {};
  }
  const int error = errno;
  ::close(file);
  if (error != EWOULDBLOCK) {
    return SinkError{SinkErrorClass::kConnection, path + ": " + std::strerror(error), ""};
  }
  return SinkError{SinkErrorClass::kRefused,
                   "another instance holds " + path +
                       "; two that deliver the same events would deliver them twice",
                   ""};
}

}  // namespace oncegate::webhook
