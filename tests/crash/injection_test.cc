// System calls that fail, and death at system calls: strace does to the real service what a disk
// and a network do. After each of them the clients send everything again and the promise is
// compared with the sink.
#include <csignal>
#include <iostream>

#include "tests/crash/injector.h"
#include "tests/crash/promise_test.h"
#include "tests/support/deadline.h"

namespace oncegate::crash {
namespace {

constexpr int kKilled = 128 + SIGKILL;
constexpr int kLoaderRefused = 127;
/// A sweep tries every hit up to this one, every second one up to twice of it, and so on.
constexpr int kHitsBetween = 12;

class InjectionTest : public PromiseTest {
 protected:
  void SetUp() override {
    const std::string obstacle = injector_.Obstacle();
    if (!obstacle.empty()) GTEST_SKIP() << "SKIPPED: " << obstacle;
  }

  /// Runs the service under load with the fault, then without it; false if it did not strike.
  bool Strike(const Fault& fault, int hit) {
    SCOPED_TRACE(ToString(fault, hit));
    std::cout << ToString(fault, hit) << std::endl;
    Kill();
    StartLoads(12);
    injector_.Arm(&process(), fault, hit);
    if (TryStart()) {
      EXPECT_TRUE(test::Eventually([this] { return process().HasEnded() || LoadsAreSettled(); }))
          << "it neither goes on nor ends";
    }
    if (process().HasEnded()) {
      NoteEnd(process().AwaitEnd());
    } else if (const int status = process().Terminate(); status != 0) {
      NoteEnd(status);
    }
    Kill();
    const bool struck = injector_.HasStruck();
    if (struck) ++struck_;
    ExpectNothingSettledIsLost();
    Injector::Disarm(&process());
    StartAgain();
    FinishAndExpectEveryEventOnce();
    return struck;
  }

  /// At hit 1, 2, 3, … with growing distances, until it is never reached.
  void Sweep(const Fault& fault) {
    for (int hit = 1; !HasFailure(); hit += 1 + hit / kHitsBetween) {
      if (!Strike(fault, hit)) break;
    }
  }

  int struck_ = 0;
  int deaths_ = 0;
  int refusals_ = 0;

 private:
  /// Killed as told, or it refused to start or to end well and said so; never a crash of its own.
  /// The dynamic loader reads libraries before the service runs, and refuses in its own way.
  void NoteEnd(int status) {
    EXPECT_TRUE(status == kKilled || status == 1 || status == kLoaderRefused)
        << "ended with " << status;
    ++(status == kKilled ? deaths_ : refusals_);
  }

  const Injector injector_;
};
ONCEGATE_ON_BOTH_SINKS(InjectionTest);

/// What a start, a commit and an answer are made of, and what can go wrong with it.
std::vector<Fault> Faults(e2e::SinkKind sink) {
  std::vector<Fault> faults;
  for (const char* effect : {"signal=SIGKILL", "error=EIO", "error=ENOSPC"}) {
    for (const char* syscall : {"write", "pwrite64", "fdatasync", "rename"}) {
      faults.push_back({syscall, effect});
    }
  }
  faults.push_back({"sendmsg", "signal=SIGKILL"});  // Answers to clients.
  faults.push_back({"sendmsg", "error=ECONNRESET"});
  switch (sink) {
    case e2e::SinkKind::kSqlite:
      faults.push_back({"ftruncate", "error=EIO"});
      faults.push_back({"pread64", "error=EIO"});
      break;
    case e2e::SinkKind::kMysql:
    case e2e::SinkKind::kPostgres:  // What is said to the server, and what it says.
      for (const char* effect : {"signal=SIGKILL", "error=ECONNRESET"}) {
        faults.push_back({"sendto", effect});
        faults.push_back({"recvfrom", effect});
      }
      break;
  }
  return faults;
}

/// Of these, what every run looks at: the fault, and when it strikes in the middle of the load.
std::vector<std::pair<Fault, int>> Handful(e2e::SinkKind sink) {
  switch (sink) {
    case e2e::SinkKind::kSqlite:
      return {{{"fdatasync", "signal=SIGKILL"}, 8}, {{"fdatasync", "error=EIO"}, 8},
              {{"pwrite64", "signal=SIGKILL"}, 40}, {{"pwrite64", "error=ENOSPC"}, 40},
              {{"write", "error=ENOSPC"}, 9},       {{"rename", "signal=SIGKILL"}, 2},
              {{"sendmsg", "signal=SIGKILL"}, 10}};
    case e2e::SinkKind::kMysql:
    case e2e::SinkKind::kPostgres:
      return {{{"sendto", "signal=SIGKILL"}, 12},
              {{"sendto", "error=ECONNRESET"}, 12},
              {{"recvfrom", "signal=SIGKILL"}, 12},
              {{"write", "error=EIO"}, 9},
              {{"sendmsg", "signal=SIGKILL"}, 10}};
  }
  return {};
}

TEST_P(InjectionTest, AFailingOrFatalSystemCallKeepsThePromise) {
  Prepare();
  if (IsLongRun()) {
    for (const Fault& fault : Faults(GetParam())) Sweep(fault);
  } else {
    for (const auto& [fault, hit] : Handful(GetParam())) {
      EXPECT_TRUE(Strike(fault, hit)) << ToString(fault, hit) << " did not strike";
    }
  }
  Report(std::to_string(struck_) + " faults injected, " + std::to_string(deaths_) + " deaths, " +
         std::to_string(refusals_) + " refusals");
}

}  // namespace
}  // namespace oncegate::crash
