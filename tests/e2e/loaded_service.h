// LoadedTest: a service under load, with an audit of every write in its sink.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/load_oracle.h"
#include "tests/e2e/scale.h"
#include "tests/e2e/service_test.h"

namespace oncegate::e2e {

class LoadedTest : public ServiceTest {
 protected:
  /// Starts the service and makes the audited table.
  void Prepare(const std::string& settings = "");
  /// From now on every write of the stream's table is noted, and a load finds the service.
  void Watch();
  /// The load starts; about `batches` requests of 20 events.
  void StartLoad(int batches);
  /// Waits until the load was answered `more` times more.
  void AwaitAnswers(int more);
  void FinishAndExpectEveryEventOnce();

  /// SIGKILL; clients wait until the next start.
  void Kill();
  /// From the thread of the test.
  void StartAgain(test::Readiness readiness = test::Readiness::kReady);
  void RemoveIndex();

  Load& load() { return *load_; }

 private:
  std::atomic<std::uint16_t> port_{0};
  std::unique_ptr<Load> load_;
};

}  // namespace oncegate::e2e
