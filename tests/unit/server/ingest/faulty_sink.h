// FaultySink: a sink that does what the one behind it does, except where a test says otherwise.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sinks/sink.h"

namespace oncegate::testing {

/// Thread-safe switches, shared by all sessions of a sink.
struct SinkFaults {
  /// The next commits: really commit, answer "in doubt".
  std::atomic<int> commits_lost_after{0};
  /// The next commits: roll back, answer "in doubt".
  std::atomic<int> commits_lost_before{0};
  /// The next commits: roll back, answer "aborted".
  std::atomic<int> commits_aborted{0};
  /// While true, nothing can connect and open sessions fail.
  std::atomic<bool> away{false};
  /// Dead letters with longer values can not be kept.
  std::atomic<std::size_t> letter_value_bytes_max{std::numeric_limits<std::size_t>::max()};
  /// Runs right before a COMMIT is passed on, once.
  void BeforeNextCommit(std::function<void()> action);
  std::function<void()> TakeBeforeCommit();
  /// Runs right after a ledger read, once: the place where another instance gets in between.
  void AfterNextLedgerRead(std::function<void()> action);
  std::function<void()> TakeAfterLedgerRead();

 private:
  std::mutex mutex_;
  std::function<void()> before_commit_;
  std::function<void()> after_ledger_read_;
};

std::unique_ptr<Sink> MakeFaultySink(std::unique_ptr<Sink> behind, SinkFaults* faults);

}  // namespace oncegate::testing
