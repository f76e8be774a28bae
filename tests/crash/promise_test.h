// PromiseTest: a service with one stream of each kind, all of them under load and audited, that is
// made to die and is held to the promise afterwards (see load_oracle.h), and to being ready again
// in time.
//
// The books of the clients are kept in a folder of the test, outside of what the service may break.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/load.h"
#include "tests/e2e/service_test.h"
#include "tests/model/seed.h"

namespace oncegate::crash {

/// A restarted service whose sink is there is ready within this time.
inline constexpr std::chrono::seconds kReadyBound{5};

/// How long the sweeps go on: ONCEGATE_CRASH_ROUNDS, or what every run does.
int Rounds(int by_default);
/// True if ONCEGATE_CRASH_ROUNDS is set: sweeps leave nothing out.
bool IsLongRun();

class PromiseTest : public e2e::ServiceTest {
 protected:
  static constexpr char kOrders[] = "orders";      // Every event a row of its own.
  static constexpr char kAccounts[] = "accounts";  // Sequenced events that share rows.
  static constexpr char kMessages[] = "messages";  // Ids.
  static constexpr char kProducts[] = "products";  // Versions that share rows.

  /// Starts the service, makes and audits the tables.
  void Prepare(const std::string& settings = "");

  /// New events for every stream, about `batches` requests each; every event is sent twice at
  /// least.
  void StartLoads(int batches);
  /// Everything that the loads so far sent to the tables is sent once more.
  void ReplayLoads();
  /// Waits until the clients were answered `more` times more, or have nothing left to send.
  void AwaitAnswers(int more);
  bool LoadsAreSettled() const;
  /// For all loads; the service does not run.
  void ExpectNothingSettledIsLost();
  /// Waits for the end of the loads and closes their books.
  void FinishAndExpectEveryEventOnce();

  /// SIGKILL; clients wait until the next start.
  void Kill();
  /// Waits until the service has ended by itself; gives its exit status, or 128 + signal. Kills it
  /// and gives 0 if it does not end while there is load.
  int AwaitEnd();
  /// Clients have a service from here on, until it is killed.
  void AnnouncePort() { port_ = process().ingest_port(); }
  /// From the thread of the test. It is ready within kReadyBound.
  void StartAgain();
  /// Starts it and lets the clients have it once it listens; false if it ended before.
  bool TryStart();

  std::uint64_t seed() const { return seed_; }

  /// Prints what was done and seen, for docs/reliability.md.
  void Report(const std::string& what);

 private:
  void StartLoad(e2e::LoadShape shape);

  test::TemporaryFolder books_;
  int book_count_ = 0;
  std::atomic<std::uint16_t> port_{0};
  std::vector<std::unique_ptr<e2e::Load>> loads_;
  const std::uint64_t seed_ = TestSeed();
  int generation_ = 0;
  std::uint64_t settled_events_ = 0;
  std::uint64_t starts_ = 0;
  std::chrono::milliseconds longest_start_{0};
};

}  // namespace oncegate::crash
