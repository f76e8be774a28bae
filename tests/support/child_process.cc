#include "tests/support/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace oncegate::test {
namespace {

struct Account {
  uid_t user;
  gid_t group;
};

std::optional<Account> AccountFor(const std::string& user) {
  if (user.empty() || geteuid() != 0) return std::nullopt;
  const passwd* entry = getpwnam(user.c_str());
  if (entry == nullptr) throw std::runtime_error("there is no user " + user);
  return Account{entry->pw_uid, entry->pw_gid};
}

/// Runs between fork and exec: calls nothing that could wait for a lock of another thread.
[[noreturn]] void Become(const std::optional<Account>& account, int input, int output,
                         char* const* arguments) {
  setsid();
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const bool changed = !account || (setgroups(1, &account->group) == 0 &&
                                    setgid(account->group) == 0 && setuid(account->user) == 0);
  // The test's own folder may be closed to the user.
  if (changed && chdir("/") == 0) execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

pid_t StartChild(const ChildProcess& child) {
  const std::optional<Account> account = AccountFor(child.user);
  std::vector<char*> arguments;
  for (const std::string& argument : child.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  const int output =
      child.output_file.empty()
          ? null
          : open(child.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t pid = fork();
  if (pid == 0) Become(account, child.input < 0 ? null : child.input, output, arguments.data());
  if (output != null) close(output);
  close(null);
  if (pid < 0) throw std::runtime_error("fork failed");
  return pid;
}

int AwaitChild(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error("waitpid failed");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void RunChild(const ChildProcess& child) {
  const int status = AwaitChild(StartChild(child));
  if (status == 0) return;
  std::ifstream file(child.output_file);
  const std::string output((std::istreambuf_iterator<char>(file)), {});
  throw std::runtime_error(child.arguments[0] + " ended with status " + std::to_string(status) +
                           ":\n" + output);
}

}  // namespace oncegate::test
