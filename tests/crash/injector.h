// Injector: lets a system call of the service fail, or be its last, by strace.
#pragma once

#include <string>

#include "tests/support/service_process.h"
#include "tests/support/temporary_folder.h"

namespace oncegate::crash {

struct Fault {
  std::string syscall;
  std::string effect;  // As strace spells it: "error=EIO" or "signal=SIGKILL".
};

/// `hit` counts within one thread, so that some thread gets there in every phase of a run.
std::string ToString(const Fault& fault, int hit);

class Injector {
 public:
  /// Why nothing can be injected here; empty: it can.
  std::string Obstacle() const;
  /// The service of the next start meets the fault once in every thread that gets that far.
  void Arm(test::ServiceProcess* process, const Fault& fault, int hit) const;
  static void Disarm(test::ServiceProcess* process) { process->setup().launcher.clear(); }
  /// True if the fault struck in this run.
  bool HasStruck() const;

 private:
  std::string trace() const { return folder_.path() / "trace"; }

  test::TemporaryFolder folder_;
};

}  // namespace oncegate::crash
