#include "tests/support/service_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/deadline.h"
#include "tests/support/http_client.h"

namespace oncegate::test {
namespace {

constexpr std::size_t kLogTailBytes = 4000;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The port of "127.0.0.1:PORT\n"; 0 while there is no such file.
std::uint16_t ReadPort(const std::filesystem::path& path) {
  const std::string address = ReadFile(path);
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::strtoul(address.c_str() + colon + 1, nullptr, 10));
}

/// The environment of the test without settings of oncegate, and with those asked for.
std::vector<std::string> MakeEnvironment(const ServiceSetup& setup) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string(*entry).starts_with("ONCEGATE_")) entries.emplace_back(*entry);
  }
  for (const auto& [name, value] : setup.environment) entries.push_back(name + "=" + value);
  if (!setup.with_file) {
    entries.emplace_back("ONCEGATE_INGEST__LISTEN=127.0.0.1:0");
    entries.emplace_back("ONCEGATE_OPS__LISTEN=127.0.0.1:0");
  }
  return entries;
}

std::vector<char*> ToPointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ServiceProcess::ServiceProcess(ServiceSetup setup) : setup_(std::move(setup)) {}

ServiceProcess::~ServiceProcess() { Kill(); }

void ServiceProcess::WriteConfiguration() const {
  std::ofstream file(setup_.folder / "oncegate.toml", std::ios::trunc);
  file << "data_dir = \"" << data_dir().string() << "\"\n"
       << "[ingest]\nlisten = \"127.0.0.1:0\"\n[ops]\nlisten = \"127.0.0.1:0\"\n"
       << setup_.settings;
}

void ServiceProcess::Launch() {
  WriteConfiguration();
  for (const char* name : {"ingest.addr", "ops.addr"}) {  // Of a process that was killed.
    std::filesystem::remove(data_dir() / name);
  }
  std::vector<std::string> arguments = setup_.launcher;
  arguments.insert(arguments.end(), {setup_.program, "serve"});
  if (setup_.with_file) {
    arguments.insert(arguments.end(), {"--config", setup_.folder / "oncegate.toml"});
  }
  arguments.insert(arguments.end(), setup_.flags.begin(), setup_.flags.end());
  const std::vector<char*> argument_pointers = ToPointers(arguments);
  const std::vector<std::string> environment = MakeEnvironment(setup_);
  const std::vector<char*> environment_pointers = ToPointers(environment);
  const int log = open((setup_.folder / "oncegate.log").c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const pid_t parent = getpid();
  const std::string folder = setup_.folder;
  pid_ = fork();
  if (pid_ == 0) {
    // Between fork and exec nothing may wait for a lock of another thread.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || chdir(folder.c_str()) != 0) _exit(127);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    _exit(127);
  }
  close(log);
  if (pid_ < 0) throw std::runtime_error("fork failed");
}

void ServiceProcess::Fail(const std::string& what) const {
  const std::string log = Log();
  const std::size_t begin = log.size() > kLogTailBytes ? log.size() - kLogTailBytes : 0;
  throw std::runtime_error("oncegate: " + what + "; its log ends:\n" + log.substr(begin));
}

/// False if the service has ended.
bool ServiceProcess::AwaitAddresses() {
  const bool told = Eventually([this] {
    ops_port_ = ReadPort(data_dir() / "ops.addr");
    ingest_port_ = ReadPort(data_dir() / "ingest.addr");
    return (ingest_port_ != 0 && ops_port_ != 0) || HasEnded();
  });
  if (!told) Fail("did not start in time");
  return pid_ > 0;
}

void ServiceProcess::AwaitReady() {
  const bool ready = Eventually([this] {
    const auto reply = testing::Call(ops_port_, {"GET", "/readyz", {}, ""});
    return (reply && reply->status == 200) || HasEnded();
  });
  if (pid_ < 0) Fail("ended before it was ready");
  if (!ready) Fail("did not become ready in time");
}

void ServiceProcess::Start(Readiness readiness) {
  if (!TryStart()) Fail("ended at the start");
  if (readiness == Readiness::kReady) AwaitReady();
}

bool ServiceProcess::TryStart() {
  Launch();
  return AwaitAddresses();
}

int ServiceProcess::StartAndFail() {
  Launch();
  return AwaitEnd();
}

void ServiceProcess::Restart() {
  Kill();
  Start();
}

void ServiceProcess::Kill() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
  pid_ = -1;
}

void ServiceProcess::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

int ServiceProcess::Terminate() {
  Signal(SIGTERM);
  return AwaitEnd();
}

bool ServiceProcess::HasEnded() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

int ServiceProcess::AwaitEnd() {
  if (!Eventually([this] { return HasEnded(); })) {
    Kill();
    Fail("did not end in time");
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

std::size_t ServiceProcess::ResidentBytes() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  while (status >> word) {
    std::size_t kilobytes = 0;
    if (word == "VmRSS:" && status >> kilobytes) return kilobytes * 1024;
  }
  Fail("is gone");
}

std::string ServiceProcess::Log() const { return ReadFile(setup_.folder / "oncegate.log"); }

}  // namespace oncegate::test
