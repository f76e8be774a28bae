// RedisServer: a throwaway Redis for tests, in a temporary folder, on a free port of 127.0.0.1,
// with appendonly yes and appendfsync always. Its files are gone after the destructor, and also
// after the test program died in any way.
//
// Used by one thread at a time, except port and Url. Every failure throws std::runtime_error.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/redis_client.h"
#include "tests/support/server_folder.h"

namespace oncegate::test {

class RedisServer {
 public:
  /// `options` as on the command line, e.g. {"--maxmemory", "100mb"}.
  explicit RedisServer(std::vector<std::string> options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// -1 while it is stopped.
  pid_t process() const { return server_; }
  /// redis://127.0.0.1:PORT/DATABASE, the same after a restart.
  std::string Url(int database = 0) const;
  RedisClient Client() const { return RedisClient(port_); }
  /// The append-only file: every write that a start would replay, as commands of the protocol.
  std::string AppendOnlyFile() const;

  /// SIGKILL, as a crash.
  void Kill();
  /// Returns once commands are answered.
  void Start();

 private:
  void Launch();
  bool AwaitReady();

  const std::vector<std::string> options_;
  ServerFolder folder_;
  std::uint16_t port_ = 0;
  pid_t server_ = -1;
};

}  // namespace oncegate::test
