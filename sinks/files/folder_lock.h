// FolderLock: one process writes to a folder. The lock goes with the process, however it ends.
#pragma once

#include <filesystem>

#include "sinks/sink.h"

namespace oncegate::files {

class FolderLock {
 public:
  FolderLock() = default;
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// True while the path still names the file that is locked.
  bool Holds(const std::filesystem::path& path) const;
  /// Does not wait: kRefused, with the holder's process id, where somebody else has it.
  SinkStatus Take(const std::filesystem::path& path);

 private:
  void Release();

  int descriptor_ = -1;
};

}  // namespace oncegate::files
