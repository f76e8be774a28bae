// InstanceLock: one process at a time works with an outbox. The lock is on a file beside it and
// ends with the process, however that ends.
#pragma once

#include <filesystem>

#include "sinks/sink.h"

namespace oncegate::webhook {

class InstanceLock {
 public:
  InstanceLock() = default;
  ~InstanceLock();
  InstanceLock(const InstanceLock&) = delete;
  InstanceLock& operator=(const InstanceLock&) = delete;

  /// Does nothing if it is held already. kRefused while another process holds it.
  SinkStatus Take(const std::filesystem::path& outbox);

 private:
  int file_ = -1;
};

}  // namespace oncegate::webhook
