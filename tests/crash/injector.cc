#include "tests/crash/injector.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/child_process.h"
#include "tests/support/sanitizer.h"

namespace oncegate::crash {
namespace {

constexpr char kStrace[] = "/usr/bin/strace";

}  // namespace

std::string ToString(const Fault& fault, int hit) {
  return fault.syscall + ":" + fault.effect + ":when=" + std::to_string(hit);
}

std::string Injector::Obstacle() const {
  if (test::kHasAddressSanitizer) {
    return "the address sanitizer makes calls of its own, and dies of their failure";
  }
  if (!std::filesystem::exists(kStrace)) return "strace is not installed";
  const std::filesystem::path said = folder_.path() / "attempt";
  try {
    test::RunChild({{kStrace, "-D", "-f", "-o", trace(), "/bin/true"}, "", said, -1});
  } catch (const std::runtime_error& error) {
    return std::string("ptrace is not permitted: ") + error.what();
  }
  return "";
}

void Injector::Arm(test::ServiceProcess* process, const Fault& fault, int hit) const {
  std::filesystem::remove(trace());
  // -D: the service is this process' child and strace a grandchild that ends with it.
  auto& launcher = process->setup().launcher;
  launcher = {kStrace,
              "-D",
              "-f",
              "-o",
              trace(),
              "-e",
              "trace=" + fault.syscall,
              "-e",
              "inject=" + ToString(fault, hit)};
  // Then it stops at no other system call; but it does not inject signals.
  if (fault.effect.starts_with("error")) launcher.push_back("--seccomp-bpf");
}

bool Injector::HasStruck() const {
  std::ifstream file(trace());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str().find("(INJECTED)") != std::string::npos ||
         text.str().find("SIGKILL") != std::string::npos;
}

}  // namespace oncegate::crash
