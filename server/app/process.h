// What is set once for the whole process.
#pragma once

#include <csignal>
#include <filesystem>

#include "dedupe/types/result.h"

namespace oncegate {

/// Lets the process open as many files as it is allowed to: each connection is one.
void RaiseOpenFilesLimit();

/// Gives the memory of large bodies back to the system when they are done with. By default the
/// allocator keeps as much as the largest one ever took, for each thread.
void ReturnLargeMemory();

/// A connection that the peer closed is an error of the write, not the end of the process.
void IgnoreBrokenPipes();

/// Creates the folder for this user alone (0700) where it is missing.
Status MakeDataDir(const std::filesystem::path& directory);

/// SIGTERM and SIGINT, held back from construction on. Construct it before the first thread starts,
/// since threads inherit what is held back.
class TerminationSignals {
 public:
  TerminationSignals();
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;

  /// Returns with the first of them. From then on the next one ends the process at once.
  int Wait();

 private:
  sigset_t signals_;
};

}  // namespace oncegate
