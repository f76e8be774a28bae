// Oracle: says whether what the service answered is true and whether the sink holds what it must.
//
//   (A) what was answered as settled is in the sink, as a row or as a dead letter;
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
#include "tests/sim/ledger_history.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

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
};

class Oracle {
 public:
  explicit Oracle(World* world) : world_(world) {}

  // ---- From the sink ----
  void OnCommitted(const std::string& name, const Cell* cell);
  /// The events whose marks `write` removes.
  std::vector<Uid> ForgottenBy(const LedgerWrite& write);
  /// A producer is forgotten by the clock of an instance, which says it is `now`.
  void OnExpiry(std::string_view stream, WallTime updated_at, WallTime now);
  void NoteIdsExpired() { ++forgivings_; }
  void NoteLedgerEmptied() { ++forgivings_; }
  static Uid UidOfId(std::string_view id);

  // ---- From the producers ----
  /// The committed state of a producer, as the state endpoint would tell it.
  ProducerState StateOf(std::string_view stream, std::string_view producer) const;
  SentEvent Send(const SimEvent& event, bool atomic) const;
  void OnAnswer(const SentEvent& sent, const EventResult& result);
  void OnAtomicAnswer(const std::vector<EventResult>& results);

  /// When all is quiet: (A) and (C) over everything.
  void CheckSink();

  void Fail(const std::string& reason);
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  const SimStream& StreamOf(const SimEvent& event) const;
  const RowCell* RowOf(const SimEvent& event) const;
  /// The letter of an event, of whatever payload; null: there is none.
  const DeadLetter* LetterOf(const SimEvent& event) const;
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
  /// Nothing was put back or forgotten since the event was sent.
  bool IsUndisturbed(const SentEvent& sent) const;
  std::string Describe(const SimEvent& event) const;

  World* const world_;
  LedgerHistory history_;
  std::uint64_t forgivings_ = 0;
  std::map<std::string, Uid> letters_;    // By cell, also those that are gone.
  std::set<Uid> discarded_;               // Whose letter an administrator had discarded.
  std::map<Uid, std::uint64_t> applied_;  // Forgivings and lineages when it was first sent.
  std::optional<std::string> failure_;
};

}  // namespace oncegate::sim
