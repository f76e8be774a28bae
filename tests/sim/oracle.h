// Oracle: says whether what the service answered is true and whether the sink holds what it must.
//
//   (A) what was answered as settled is in the sink, as a row or as a dead letter; what was
//   answered
//       as accepted is there in the end (see accepted_events.h), and a letter only where something
//       could refuse it;
//   (B) the effect of an event happened once (writes are counted per event, as a trigger would);
//   (C) per key the newest event by the row guard wins, where the order is known from outside;
//   and no answer is a lie: `duplicate` speaks of a settled event, `conflict` of another payload,
//   `too_old`, `fenced` and `gap` of a state that was the committed one meanwhile.
//
// It knows the events (EventBook), the answers, and the committed content of the sink; of the
// service's own memory it knows nothing. What a restore takes away or an administrator makes the
// service forget may be written again; everything else may not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/verdict.h"
#include "tests/sim/accepted_events.h"
#include "tests/sim/ledger_history.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

// No producer of a scenario has so many events that this cap could matter.
inline constexpr std::size_t kUncappedRanges = 256;

/// One event as it was sent, and what the world was like then.
struct SentEvent {
  Uid uid = 0;
  Epoch epoch;
  bool poison = false;
  bool atomic = false;
  Fingerprint fingerprint;
  LedgerHistory::Moment moment = 0;
  std::uint64_t lineages = 0;
  std::uint64_t forgivings = 0;
  Acknowledgement ack = Acknowledgement::kSink;
};

class Oracle {
 public:
  explicit Oracle(World* world) : world_(world), accepted_events_(world) {}

  // ---- From the sink ----
  void OnCommitted(const std::string& name, const Cell* cell);
  void OnLanded(const Transaction& transaction);
  /// An entry leaves the journal.
  void OnEntryRemoved(std::string_view events);
  /// What changed was put back, not committed.
  void OnRewound();
  /// The events whose marks `write` removes.
  std::vector<Uid> ForgottenBy(const LedgerWrite& write);
  /// A producer is forgotten by the clock of an instance, which says it is `now`.
  void OnExpiry(std::string_view stream, WallTime updated_at, WallTime now);
  void NoteIdsExpired() { Forgive(); }
  void NoteLedgerEmptied() { Forgive(); }
  static Uid UidOfId(std::string_view id);
  /// The event of a letter may have had its row by another way: the state refused it, or its mark
  /// was forgotten since.
  bool MayHaveRow(const DeadLetter& letter) const;

  // ---- From the producers ----
  /// The committed state of a producer, as the state endpoint would tell it.
  ProducerState StateOf(std::string_view stream, std::string_view producer) const;
  SentEvent Send(const SimEvent& event, bool atomic) const;
  void OnArrived(const SentEvent& sent, int instance);
  void OnAnswer(const SentEvent& sent, const EventResult& result, int instance);
  void OnAtomicAnswer(const std::vector<EventResult>& results);

  /// When all is quiet: (A) and (C) over everything.
  void CheckSink();

  void Fail(const std::string& reason);
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  const SimStream& StreamOf(const SimEvent& event) const;
  const RowCell* RowOf(const SimEvent& event) const;
  /// The letter of an event, of whatever payload; null: there is none.
  const DeadLetter* LetterOf(const SimEvent& event, bool refused_by_data_only = false) const;
  bool HoldsRow(const SimEvent& event) const;
  std::optional<Fingerprint> PayloadHeld(const SimEvent& event) const;
  void CheckLetters();
  bool SinkHolds(const SimEvent& event) const;
  bool HoldsAsNew(const SimEvent& event, const RowCell& row) const;
  void CheckSettled(const SentEvent& sent, const SimEvent& event, Verdict verdict);
  void CheckAppliedOnce(const SentEvent& sent, const SimEvent& event);
  void CheckSuperseded(const SentEvent& sent, const SimEvent& event);
  bool TellsPayload(const SimEvent& event) const;
  void CheckVerified(const SentEvent& sent, const SimEvent& event);
  void CheckConflict(const SentEvent& sent, const SimEvent& event);
  void CheckRefusal(const SentEvent& sent, const SimEvent& event, const EventResult& result);
  void OnLetter(const std::string& name, const Cell* cell);
  void CheckAccepted(const SentEvent& sent, const SimEvent& event, int instance);
  /// The state may refuse what it accepted: an epoch, a floor or a window may have moved meanwhile.
  bool MayRefuseAccepted(const SimEvent& event) const;
  void CheckAcceptedInSink();
  void CheckAppendedRows();
  void CheckReplayedLetters();
  void Forgive();
  std::uint64_t Disturbances() const { return forgivings_ + world_->lineages; }
  /// Nothing was put back or forgotten since the event was sent.
  bool IsUndisturbed(const SentEvent& sent) const;
  std::string Describe(const SimEvent& event) const;

  World* const world_;
  LedgerHistory history_;
  std::uint64_t forgivings_ = 0;
  AcceptedEvents accepted_events_;
  struct KeptLetter {
    DeadLetter letter;
    std::uint64_t disturbances = 0;  // When it was kept.
  };
  std::map<std::string, KeptLetter> letters_;  // By cell, also those that are gone.
  std::vector<std::string> removed_letters_;   // In the commit at hand, like the next.
  std::vector<Uid> effects_;
  std::map<Uid, std::set<std::string>> appended_;  // Rows of append tables.
  std::set<Uid> redone_;  // Whose letter was replayed although the event may have a row.
  std::map<Uid, std::uint64_t> applied_;  // Forgivings and lineages when it was first sent.
  std::optional<std::string> failure_;
};

}  // namespace oncegate::sim
