// The part of Oracle that is about accepted events, dead letters that are taken away, and rows that
// are only ever added.
#include "dedupe/codec/event_codec.h"
#include "dedupe/types/check.h"
#include "tests/sim/oracle.h"

namespace oncegate::sim {

void Oracle::Forgive() {
  ++forgivings_;
  accepted_events_.ForgetOrder();
}

void Oracle::OnLanded(const Transaction& transaction) {
  if (!transaction.discards) CheckReplayedLetters();
  removed_letters_.clear();
  const std::optional<AcceptedEvents::Disorder> disorder = accepted_events_.OnLanded(effects_);
  effects_.clear();
  if (disorder) {
    Fail("in the sink before what was accepted earlier: " +
         Describe(world_->book.at(disorder->early)) + " before " +
         Describe(world_->book.at(disorder->missing)));
  }
}

void Oracle::OnEntryRemoved(std::string_view events) {
  const Result<std::vector<Event>> decoded = DecodeEvents(events);
  CHECK(decoded.has_value());
  for (const Event& removed : *decoded) {
    const SimEvent& event = world_->book.at(removed.event_time->microseconds);
    const auto accepted = accepted_events_.all().find(event.uid);
    if (accepted == accepted_events_.all().end() || accepted->second.first != Disturbances())
      continue;
    if (!SinkHolds(event)) {
      Fail("(A) left the journal before it was in the sink: " + Describe(event));
    }
  }
}

void Oracle::OnRewound() {
  removed_letters_.clear();
  effects_.clear();
  accepted_events_.ForgetOrder();
}

void Oracle::OnLetter(const std::string& name, const Cell* cell) {
  if (cell == nullptr) return removed_letters_.push_back(name);
  const DeadLetter& letter = std::get<LetterCell>(*cell).letter;
  const Uid uid = letter.event_time->microseconds;
  letters_[name] = {letter, Disturbances()};
  effects_.push_back(uid);
}

bool Oracle::MayHaveRow(const DeadLetter& letter) const {
  return !IsRefusedByData(letter) ||
         letters_.at(LetterName(letter.id)).disturbances != Disturbances();
}

void Oracle::CheckReplayedLetters() {
  for (const std::string& name : removed_letters_) {
    const DeadLetter& letter = letters_.at(name).letter;
    const SimEvent& event = world_->book.at(letter.event_time->microseconds);
    if (!HoldsRow(event)) Fail("(A) a replay took the letter, wrote no row: " + Describe(event));
    if (MayHaveRow(letter)) redone_.insert(event.uid);
    world_->Count(Happening::kLetterReplayed);
  }
}

void Oracle::OnArrived(const SentEvent& sent, int instance) {
  accepted_events_.OnArrived(world_->book.at(sent.uid), instance);
}

void Oracle::CheckAccepted(const SentEvent& sent, const SimEvent& event, int instance) {
  world_->Count(Happening::kAccepted);
  if (sent.ack != Acknowledgement::kJournal || sent.atomic) {
    return Fail("accepted, but the sink was asked for: " + Describe(event));
  }
  if (accepted_events_.all().contains(event.uid)) world_->Count(Happening::kAcceptedAgain);
  accepted_events_.OnAccepted(event, instance, Disturbances());
}

bool Oracle::MayRefuseAccepted(const SimEvent& event) const {
  const SimStream& stream = StreamOf(event);
  const DedupeMode mode = stream.spec.mode;
  if (mode == DedupeMode::kOff || mode == DedupeMode::kVersion) return true;
  if (event.payloads.size() > 1 || stream.expires) return true;
  if (!IsSequenced(mode)) return false;
  // Elsewhere another instance may have been faster with a later position or epoch.
  const bool waits_for_others = mode == DedupeMode::kStrict && Disturbances() != 0;
  return mode == DedupeMode::kMonotonic || !stream.one_instance || waits_for_others ||
         stream.spec.ranges_max < kUncappedRanges || world_->sealed.contains(stream.spec.name) ||
         world_->bumped.contains(LedgerName(stream.spec.name, event.producer));
}

void Oracle::CheckAcceptedInSink() {
  for (const auto& [uid, acceptance] : accepted_events_.all()) {
    const SimEvent& event = world_->book.at(uid);
    const DeadLetter* const letter = LetterOf(event);
    if (letter != nullptr && !IsRefusedByData(*letter)) {
      world_->Count(Happening::kAcceptedRefused);
    }
    if (acceptance.last != Disturbances()) continue;
    if (!SinkHolds(event)) {
      Fail("(A) accepted but never in the sink: " + Describe(event));
    } else if (letter != nullptr && !IsRefusedByData(*letter) && !HoldsRow(event) &&
               !MayRefuseAccepted(event)) {
      Fail("(A) accepted and then refused (" + letter->verdict + "): " + Describe(event));
    }
  }
}

/// A mark stands for a row or for a letter, never for both. (What was put back or forgotten may
/// have been sent again with another payload; without marks that may happen any time.)
void Oracle::CheckLetters() {
  if (Disturbances() != 0) return;
  for (const SimEvent& event : world_->book.all()) {
    const DedupeMode mode = StreamOf(event).spec.mode;
    if (mode == DedupeMode::kOff || mode == DedupeMode::kVersion) continue;
    const Cell* const effect = world_->database.Committed(EffectName(event.uid));
    const bool is_row = effect != nullptr && std::get<EffectCell>(*effect).count != 0;
    if (is_row && LetterOf(event, true) != nullptr) {
      Fail("(B) a row and a dead letter: " + Describe(event));
    }
  }
}

void Oracle::CheckAppendedRows() {
  if (Disturbances() != 0) return;
  for (const auto& [uid, rows] : appended_) {
    if (rows.size() > 1 && !redone_.contains(uid)) {
      Fail("(B) two rows of one event: " + Describe(world_->book.at(uid)));
    }
  }
}

}  // namespace oncegate::sim
