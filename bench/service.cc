#include "bench/service.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace oncegate::bench {
namespace {

/// What stands behind the colon of an address file; empty: it is not written yet.
std::string PortIn(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string address;
  if (!std::getline(stream, address) || address.empty()) return "";
  return address.substr(address.rfind(':') + 1);
}

}  // namespace

Service::Service(const std::string& binary, const std::filesystem::path& folder,
                 const std::string& config) {
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / "oncegate.toml";
  std::ofstream(file) << "data_dir = \"" << (folder / "data").string() << "\"\n"
                      << "[ingest]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n"
                      << "[log]\nlevel = \"warn\"\n"
                      << config;
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("fork failed");
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = open((folder / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execl(binary.c_str(), binary.c_str(), "serve", "--config", file.c_str(), nullptr);
    _exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    ingest_port_ = PortIn(folder / "data" / "ingest.addr");
    ops_port_ = PortIn(folder / "data" / "ops.addr");
    if (!ingest_port_.empty() && !ops_port_.empty()) return;
    if (waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      break;
    }
    std::this_thread::yield();
  }
  throw std::runtime_error("the service did not start; see " + (folder / "log").string());
}

Service::~Service() {
  if (process_ < 0) return;
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

double Service::PeakMemoryMib() const {
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

}  // namespace oncegate::bench
