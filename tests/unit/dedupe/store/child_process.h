// A child process that speaks lines: what it prints is read line by line, what it waits for is its
// standard input being closed.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace oncegate {

class ChildProcess {
 public:
  explicit ChildProcess(std::vector<std::string> command);
  ~ChildProcess();  // Kills and reaps it if it still runs.
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  /// Without the line break; empty at the end of the output.
  std::optional<std::string> ReadLine();
  void CloseInput();
  void Kill();
  /// The exit status, or 128 + the signal that ended it.
  int Wait();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
};

}  // namespace oncegate
