// ServiceProcess: the real service as a process of its own, on free ports of 127.0.0.1, with its
// configuration, data folder and log in a folder of the test.
//
// The service ends with the thread that started it, however that ends; start it from a thread that
// lives as long as the test. Its verbs are used by one thread at a time, but the ports may be read
// by all while it runs. Every failure throws std::runtime_error with the end of the service's log.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace oncegate::test {

struct ServiceSetup {
  std::filesystem::path program;
  std::filesystem::path folder;
  /// Tables of the configuration besides data_dir and the listeners.
  std::string settings;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> flags;
  /// False: there is no file at all; only the ports are chosen, by the environment.
  bool with_file = true;
  /// A program with its arguments that becomes the service, as `env` does; e.g. a tracer that
  /// detaches itself. Empty: the service is started directly.
  std::vector<std::string> launcher = {};
};

enum class Readiness : std::uint8_t {
  kListening,  // Both listeners answer; the sink may be away.
  kReady,      // /readyz says so.
};

class ServiceProcess {
 public:
  explicit ServiceProcess(ServiceSetup setup);
  /// Kills what still runs.
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  void Start(Readiness readiness = Readiness::kReady);
  /// Starts it and waits for nothing; the ports are not known yet.
  void Launch();
  /// Starts it and waits until it listens; false if it ended before that.
  bool TryStart();
  void AwaitReady();
  /// Starts a service that is expected to refuse; gives its exit status.
  int StartAndFail();

  /// SIGKILL, and waits for the end.
  void Kill();
  /// SIGTERM, and waits for the end; gives the exit status, or 128 + signal.
  int Terminate();
  void Signal(int signal);
  /// Waits for the end of a service that was told to end; the exit status, or 128 + signal.
  int AwaitEnd();
  /// True once the process has ended by itself.
  bool HasEnded();
  void Restart();
  /// For the next start.
  ServiceSetup& setup() { return setup_; }

  pid_t pid() const { return pid_; }
  std::uint16_t ingest_port() const { return ingest_port_; }
  std::uint16_t ops_port() const { return ops_port_; }
  std::filesystem::path data_dir() const {
    return setup_.folder / (setup_.with_file ? "data" : "oncegate-data");
  }
  std::filesystem::path index_dir() const { return data_dir() / "index"; }
  /// Resident memory.
  std::size_t ResidentBytes() const;
  /// All that the service has written since the first start.
  std::string Log() const;

 private:
  void WriteConfiguration() const;
  bool AwaitAddresses();
  [[noreturn]] void Fail(const std::string& what) const;

  ServiceSetup setup_;
  pid_t pid_ = -1;
  int status_ = 0;  // Of the last process, as waitpid gave it.
  std::uint16_t ingest_port_ = 0;
  std::uint16_t ops_port_ = 0;
};

}  // namespace oncegate::test
