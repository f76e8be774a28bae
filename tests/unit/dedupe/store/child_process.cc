#include "tests/unit/dedupe/store/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dedupe/types/check.h"

extern char** environ;

namespace oncegate {

ChildProcess::ChildProcess(std::vector<std::string> command) {
  int to_child[2];
  int from_child[2];
  CHECK(::pipe2(to_child, O_CLOEXEC) == 0 && ::pipe2(from_child, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  CHECK(::posix_spawn_file_actions_init(&actions) == 0);
  CHECK(::posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO) == 0);
  CHECK(::posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO) == 0);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  CHECK(::posix_spawn(&pid_, arguments.front(), &actions, nullptr, arguments.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(to_child[0]);
  ::close(from_child[1]);
  input_ = to_child[1];
  output_ = ::fdopen(from_child[0], "r");
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    Kill();
    Wait();
  }
  CloseInput();
  std::fclose(output_);
}

std::optional<std::string> ChildProcess::ReadLine() {
  std::string line;
  for (int character = std::fgetc(output_); character != '\n'; character = std::fgetc(output_)) {
    if (character == EOF) return std::nullopt;
    line += static_cast<char>(character);
  }
  return line;
}

void ChildProcess::CloseInput() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
}

void ChildProcess::Kill() { ::kill(pid_, SIGKILL); }

int ChildProcess::Wait() {
  int status = 0;
  CHECK(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace oncegate
