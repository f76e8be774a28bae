// Ownership: the right of this instance to write the ledger, with what the ledger holds.
//
// One instance has it at a time; the next one that takes it ends it. Taking it is serialised by one
// transactional id, the owner's:
//
//   1. initialise the owner's id: whoever has it loses it, and is told by his next transaction;
//   2. read the ledger: it says how many sessions were ever open at once;
//   3. initialise the ids of all of these: what they left open is gone, none of them commits again
//      (what one left open hides what comes behind it, but not its own number, so this begins as
//      soon as 2 finds nothing more);
//   4. commit a proof as the owner: nobody else began with 1 meanwhile;
//   5. read the ledger up to that proof: all that was ever committed is known.
//
// A session that needs a further id initialises it first, and then has its number written down by
// the owner: who takes the ownership later finds the number, who took it before makes this fail.
// So it does not matter which session writes which record, nor how many lanes anybody has.
//
// Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/kafka/ledger_view.h"
#include "sinks/kafka/producer.h"
#include "sinks/kafka/settings.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

class Ownership {
 public:
  /// Precondition: the ledger topic is there (see ledger_topic.h).
  static SinkResult<std::shared_ptr<Ownership>> Take(const KafkaSettings& settings);

  LedgerView& view() { return view_; }

  /// A producer for one session, which gives it back unless it has become unusable.
  SinkResult<std::unique_ptr<Producer>> TakeProducer();
  void GiveBack(std::unique_ptr<Producer> producer);

  /// From now on nobody commits by it: its view may lack something. For ever.
  void End() { ended_ = true; }
  bool HasEnded() const { return ended_; }
  /// True if another instance has taken the ownership.
  bool IsTakenOver();

  /// A transaction was committed whose COMMIT was asked for at `asked_at`: the ownership held then.
  void NoteProof(std::chrono::steady_clock::time_point asked_at);
  bool WasProvedWithin(std::chrono::milliseconds age) const;

 private:
  explicit Ownership(const KafkaSettings& settings) : settings_(settings) {}
  SinkStatus TakeOwnerId();
  SinkStatus ReadBack();
  /// Those that the view knows of. True if there were any that it had not fenced before.
  SinkResult<bool> FenceSessions();
  SinkResult<std::unique_ptr<Producer>> MakeSessionProducer(std::uint32_t number);
  SinkStatus CommitAsOwner(const LedgerChanges& changes);

  const KafkaSettings settings_;
  LedgerView view_;
  std::atomic<bool> ended_{false};
  std::atomic<std::chrono::steady_clock::rep> proved_at_{0};

  std::mutex mutex_;
  std::unique_ptr<Producer> owner_;              // Guarded by mutex_.
  std::vector<std::unique_ptr<Producer>> free_;  // Guarded by mutex_.
  std::uint32_t sessions_ = 0;                   // Guarded by mutex_.
};

/// Queues ledger records in the producer's transaction.
SinkStatus SendRecords(Producer* producer, const std::string& ledger_topic,
                       const LedgerChanges& changes);

/// A record that says nothing but that its transaction was committed.
LedgerChanges NewProof(std::string_view name);

}  // namespace oncegate::kafka
