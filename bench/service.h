// Service: one `oncegate serve` in a folder of its own, on free loopback ports.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace oncegate::bench {

class Service {
 public:
  /// Starts the binary with `config` (TOML without data_dir and listeners) and waits until it is
  /// ready. Throws std::runtime_error if it does not become ready within 30 s.
  Service(const std::string& binary, const std::filesystem::path& folder,
          const std::string& config);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Of the listeners, on 127.0.0.1.
  const std::string& ingest_port() const { return ingest_port_; }
  const std::string& ops_port() const { return ops_port_; }
  pid_t process() const { return process_; }
  /// Peak resident memory so far, in MiB.
  double PeakMemoryMib() const;

 private:
  pid_t process_ = -1;
  std::string ingest_port_;
  std::string ops_port_;
};

}  // namespace oncegate::bench
