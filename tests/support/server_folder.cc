#include "tests/support/server_folder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/support/child_process.h"

namespace oncegate::test {
namespace {

/// Waits for the end of its input, which comes with the end of the test however it ends; stops a
/// server that is left behind, then removes the folder.
constexpr char kJanitor[] =
    "cat > /dev/null\n"
    "if [ -f \"$2\" ]; then\n"
    "  pid=$(head -n 1 \"$2\")\n"
    "  kill \"-$3\" \"$pid\"\n"
    "  for _ in $(seq 300); do kill -0 \"$pid\" 2> /dev/null || break; sleep 0.1; done\n"
    "fi\n"
    "rm -rf \"$1\"\n";

std::filesystem::path MakeFolder(const ServerFolderOptions& options) {
  const std::string name = "oncegate-" + options.name + "-XXXXXX";
  std::string pattern = (std::filesystem::temp_directory_path() / name).string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("can not make " + pattern);
  if (geteuid() == 0) {
    const passwd* user = getpwnam(options.user.c_str());
    if (user == nullptr || chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("can not give " + pattern + " to the user " + options.user);
    }
  }
  return pattern;
}

}  // namespace

ServerFolder::ServerFolder(const ServerFolderOptions& options) : path_(MakeFolder(options)) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  janitor_ = StartChild({.arguments = {"/bin/sh", "-c", kJanitor, "janitor", path_.string(),
                                       (path_ / options.pid_file).string(), options.signal},
                         .user = "",
                         .output_file = "",
                         .input = ends[0]});
  close(ends[0]);
  janitor_pipe_ = ends[1];
}

ServerFolder::~ServerFolder() {
  close(janitor_pipe_);
  AwaitChild(janitor_);
}

std::uint16_t FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(descriptor);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace oncegate::test
