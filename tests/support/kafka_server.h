// KafkaServer: a throwaway Kafka broker (KRaft, one node) for tests, in a temporary folder, on a
// free port of 127.0.0.1. Its files are gone after the destructor, and also after the test program
// died in any way. It makes no topics by itself.
//
// Debian has no Kafka: the broker's jars come from Maven Central, once, into the user's cache (see
// kafka/fetch.sh), and need a Java. Where either is missing, WhyMissing says so, and the tests are
// skipped.
//
// Used by one thread at a time, except Brokers, which is thread-safe. Every failure throws
// std::runtime_error.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/server_folder.h"

namespace oncegate::test {

class KafkaServer {
 public:
  /// Empty: a broker can be started here. The first call of a machine downloads it, which takes at
  /// most a minute.
  static std::string WhyMissing();

  /// Starts the broker; returns once it answers.
  KafkaServer();
  ~KafkaServer();
  KafkaServer(const KafkaServer&) = delete;
  KafkaServer& operator=(const KafkaServer&) = delete;

  /// 127.0.0.1:PORT, the same after a restart.
  std::string Brokers() const { return "127.0.0.1:" + std::to_string(port_); }

  /// -1 while it is stopped.
  pid_t process() const { return server_; }

  /// As after a crash (SIGKILL).
  void Kill();
  void Start();
  /// Stops and resumes the process.
  void Suspend();
  void Resume();

 private:
  std::vector<std::string> Java(const std::string& main_class) const;
  void WriteProperties() const;
  void AwaitReady();

  ServerFolder folder_;
  std::uint16_t port_ = FreePort();
  std::uint16_t controller_port_ = FreePort();
  pid_t server_ = -1;
};

}  // namespace oncegate::test
