// Child processes of tests: programs run as the user that a server needs, and a janitor that cleans
// up after a test that died.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace oncegate::test {

struct ChildProcess {
  std::vector<std::string> arguments;  // The program's path first.
  /// A root test changes to this user; otherwise it is ignored.
  std::string user;
  std::string output_file;  // Standard output and error are appended to it.
  int input = -1;           // Becomes standard input; -1: /dev/null.
};

/// Starts the program in a session of its own, so that a Ctrl-C reaches the test only.
pid_t StartChild(const ChildProcess& child);

/// Waits for its end; gives the exit status, or 128 + signal.
int AwaitChild(pid_t child);

/// Runs the program to its end. Throws std::runtime_error with its output unless the status is 0.
void RunChild(const ChildProcess& child);

}  // namespace oncegate::test
