// StoreLock: this process alone uses the store's folder. Held from before LevelDB opens the folder
// until after it closed it for the last time, so that nobody slips in while the store reopens.
//
// It is a flock on a file of its own (LOCK.oncegate, holding the owner's process id) beside
// LevelDB's LOCK: LevelDB 1.23 loses its lock without a word when the same process tries to open
// the folder a second time, and can not say who holds it.
#pragma once

#include <filesystem>

#include "dedupe/store/files.h"
#include "dedupe/types/result.h"

namespace oncegate::store {

class StoreLock {
 public:
  /// Fails at once if another process, or another store of this one, holds the lock; the message
  /// names the file and the process. Precondition: the folder exists.
  static Result<StoreLock> Acquire(const std::filesystem::path& directory);

 private:
  explicit StoreLock(OwnedDescriptor file) : file_(std::move(file)) {}
  OwnedDescriptor file_;
};

}  // namespace oncegate::store
