#include "tests/support/redis_server.h"

#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/support/child_process.h"

namespace oncegate::test {
namespace {

constexpr char kUser[] = "redis";
constexpr char kPidFile[] = "redis.pid";
constexpr std::chrono::seconds kStartTimeout{60};
constexpr std::chrono::milliseconds kPollInterval{5};
constexpr int kPortAttempts = 5;

}  // namespace

RedisServer::RedisServer(std::vector<std::string> options)
    : options_(std::move(options)),
      folder_({.name = "redis", .user = kUser, .pid_file = kPidFile, .signal = "KILL"}) {
  Start();
}

RedisServer::~RedisServer() { Kill(); }

std::string RedisServer::Url(int database) const {
  return "redis://127.0.0.1:" + std::to_string(port_) + "/" + std::to_string(database);
}

std::string RedisServer::AppendOnlyFile() const {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "appendonlydir")) {
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

void RedisServer::Launch() {
  std::vector<std::string> arguments{"/usr/bin/redis-server",
                                     "--port",
                                     std::to_string(port_),
                                     "--bind",
                                     "127.0.0.1",
                                     "--dir",
                                     folder_.path().string(),
                                     "--pidfile",
                                     (folder_.path() / kPidFile).string(),
                                     "--save",
                                     "",
                                     "--appendonly",
                                     "yes",
                                     "--appendfsync",
                                     "always"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  server_ = StartChild({.arguments = arguments,
                        .user = kUser,
                        .output_file = (folder_.path() / "server.log").string()});
}

bool RedisServer::AwaitReady() {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  for (;;) {
    try {
      if (Client().Try({"PING"}).text == "PONG") return true;
    } catch (const std::runtime_error&) {
      // Not listening yet.
    }
    if (waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      return false;
    }
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("Redis did not start");
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

void RedisServer::Start() {
  if (server_ > 0) return;
  const bool is_first = port_ == 0;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    // A free port may be somebody else's a moment later; the port of a restart has to stay.
    if (is_first) port_ = FreePort();
    Launch();
    if (AwaitReady()) return;
  }
  std::ifstream log(folder_.path() / "server.log");
  throw std::runtime_error("Redis ended at once:\n" +
                           std::string((std::istreambuf_iterator<char>(log)), {}));
}

void RedisServer::Kill() {
  if (server_ < 0) return;
  kill(server_, SIGKILL);
  AwaitChild(server_);
  server_ = -1;
  std::filesystem::remove(folder_.path() / kPidFile);
}

}  // namespace oncegate::test
