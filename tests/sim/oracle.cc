#include "tests/sim/oracle.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include "dedupe/codec/state_codec.h"
#include "dedupe/judge/range_set.h"
#include "dedupe/types/check.h"

namespace oncegate::sim {
namespace {

bool Vouches(const ProducerState& state, std::int64_t sequence) {
  return sequence <= state.window.floor || ContainsSequence(state.window, sequence);
}

Fingerprint PayloadOf(const RowCell& row, const SimEvent& event) {
  const Operation operation = row.deleted ? Operation::kDelete : Operation::kUpsert;
  return FingerprintOfText(operation, event.key, row.version, row.value);
}

std::string DescribeState(const ProducerState& state) {
  if (!state.known) return "unknown";
  std::string text =
      "epoch " + std::to_string(state.epoch.value) + " floor " + std::to_string(state.window.floor);
  for (const SequenceRange& range : state.window.ranges) {
    text += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
  }
  return text;
}

}  // namespace

void Oracle::Fail(const std::string& reason) {
  world_->scheduler.Note("VIOLATION", [&] { return reason; });
  if (!failure_) failure_ = reason;
}

std::string Oracle::Describe(const SimEvent& event) const {
  std::string text = StreamOf(event).spec.name + " event " + std::to_string(event.uid);
  if (!event.producer.empty()) text += " of " + event.producer;
  if (event.sequence) {
    text += " epoch " + std::to_string(event.epoch.value) + " seq " +
            std::to_string(event.sequence->value);
  }
  if (event.version) text += " version " + ToDecimal(*event.version);
  return text + " key " + event.key;
}

const SimStream& Oracle::StreamOf(const SimEvent& event) const {
  return world_->streams[event.stream];
}

const RowCell* Oracle::RowOf(const SimEvent& event) const {
  if (StreamOf(event).spec.target.kind == TargetKind::kAppend) {
    const auto rows = appended_.find(event.uid);
    if (rows == appended_.end() || rows->second.empty()) return nullptr;
    return &std::get<RowCell>(*world_->database.Committed(*rows->second.begin()));
  }
  const Cell* const cell =
      world_->database.Committed(RowName(StreamOf(event).spec.name, event.key));
  return cell == nullptr ? nullptr : &std::get<RowCell>(*cell);
}

Uid Oracle::UidOfId(std::string_view id) { return std::stoll(std::string(id.substr(1))); }

void Oracle::OnCommitted(const std::string& name, const Cell* cell) {
  if (name.front() == 'L') {
    ProducerState state;
    if (cell != nullptr) {
      Result<ProducerState> decoded = DecodeState(std::get<LedgerCell>(*cell).state);
      if (!decoded) return Fail("a ledger row can not be decoded: " + decoded.error().message);
      state = std::move(*decoded);
    }
    history_.Add(name, std::move(state));
    return;
  }
  if (name.front() == 'D') return OnLetter(name, cell);
  if (name.front() == 'A') {
    if (cell == nullptr) {
      for (auto& [uid, rows] : appended_) rows.erase(name);
    } else {
      world_->happenings.Count(Happening::kRowAppended);
      appended_[std::get<RowCell>(*cell).uid].insert(name);
    }
    return;
  }
  const bool counts = name.front() == 'E' || name.front() == 'W';
  if (!counts || cell == nullptr || std::get<EffectCell>(*cell).count == 0) return;
  const bool is_again = std::get<EffectCell>(*cell).count > 1;
  if (name.front() == 'W') {
    if (is_again) Fail("(B) a dead letter was replayed twice: " + name.substr(2));
    return;
  }
  const SimEvent& event = world_->book.at(std::stoll(name.substr(2)));
  effects_.push_back(event.uid);
  if (is_again && StreamOf(event).spec.mode != DedupeMode::kOff) {
    Fail("(B) written twice: " + Describe(event));
  }
}

std::vector<Uid> Oracle::ForgottenBy(const LedgerWrite& write) {
  Forgive();
  std::vector<Uid> uids;
  const Result<ProducerState> state = DecodeState(write.state);
  CHECK(state.has_value());
  for (const SimEvent& event : world_->book.all()) {
    if (StreamOf(event).spec.name != write.key.stream || event.producer != write.key.producer ||
        event.epoch != write.epoch || Vouches(*state, event.sequence->value)) {
      continue;
    }
    uids.push_back(event.uid);
  }
  return uids;
}

void Oracle::OnExpiry(std::string_view stream, WallTime updated_at, WallTime now) {
  world_->Count(Happening::kTombstone);
  for (const SimStream& known : world_->streams) {
    if (known.spec.name != stream) continue;
    const std::chrono::microseconds idle(now.microseconds - updated_at.microseconds);
    if (idle < known.spec.producer_retention || !known.expires) Fail("a producer expired early");
  }
}

ProducerState Oracle::StateOf(std::string_view stream, std::string_view producer) const {
  return *history_.Since(LedgerName(stream, producer), history_.now()).front();
}

SentEvent Oracle::Send(const SimEvent& event, bool atomic) const {
  SentEvent sent;
  sent.atomic = atomic;
  sent.uid = event.uid;
  sent.epoch = event.epoch;
  sent.poison = event.poison;
  sent.fingerprint = FingerprintOfText(event.operation, event.key, event.version, event.value);
  sent.moment = history_.now();
  sent.lineages = world_->lineages;
  sent.forgivings = Disturbances();
  return sent;
}

bool Oracle::IsUndisturbed(const SentEvent& sent) const {
  return sent.forgivings == Disturbances();
}

void Oracle::OnAnswer(const SentEvent& sent, const EventResult& result, int instance) {
  const SimEvent& event = world_->book.at(sent.uid);
  if (IsSettled(result.verdict)) world_->in_doubt.erase(sent.uid);
  switch (result.verdict) {
    case Verdict::kRetry:
      world_->happenings.Count(Happening::kRetry);
      if (result.code == Code::kDeadlineExceeded && world_->in_doubt.contains(sent.uid)) {
        world_->Count(Happening::kDeadlineInDoubt);
      }
      if (result.code == Code::kBlocked) world_->Count(Happening::kBlocked);
      return;
    case Verdict::kApplied:
      world_->happenings.Count(Happening::kApplied);
      CheckAppliedOnce(sent, event);
      return CheckSettled(sent, event, result.verdict);
    case Verdict::kDuplicate:
      world_->happenings.Count(Happening::kDuplicate);
      if (result.verified) CheckVerified(sent, event);
      return CheckSettled(sent, event, result.verdict);
    case Verdict::kSuperseded:
      world_->happenings.Count(Happening::kSuperseded);
      if (StreamOf(event).spec.target.kind == TargetKind::kAppend) {
        Fail("superseded where nothing is overwritten: " + Describe(event));
      }
      CheckSuperseded(sent, event);
      return CheckSettled(sent, event, result.verdict);
    case Verdict::kConflict:
      world_->Count(Happening::kConflict);
      return CheckConflict(sent, event);
    case Verdict::kGap:
    case Verdict::kFenced:
    case Verdict::kTooOld:
      return CheckRefusal(sent, event, result);
    case Verdict::kRejected:
      world_->happenings.Count(Happening::kRejected);
      if (!sent.poison) Fail("rejected without a reason: " + Describe(event));
      if (StreamOf(event).spec.keeps_dead_letters) Fail("rejected, not kept: " + Describe(event));
      return;
    case Verdict::kDeadLettered:
      world_->Count(Happening::kDeadLettered);
      if (!sent.poison) Fail("dead-lettered without a reason: " + Describe(event));
      return CheckSettled(sent, event, result.verdict);
    case Verdict::kAccepted:
      return CheckAccepted(sent, event, instance);
    case Verdict::kInvalid:
      break;
  }
  Fail("an answer that nothing can lead to: " + std::string(ToString(result.verdict)));
}

void Oracle::OnAtomicAnswer(const std::vector<EventResult>& results) {
  const auto is_applied = [](const EventResult& r) { return r.verdict == Verdict::kApplied; };
  const auto is_settled = [](const EventResult& r) { return IsSettled(r.verdict); };
  if (std::any_of(results.begin(), results.end(), is_applied) &&
      !std::all_of(results.begin(), results.end(), is_settled)) {
    Fail("an atomic batch was applied in part");
  }
}

/// True if the row is what the event wrote, or newer than it by an order known from outside.
bool Oracle::HoldsAsNew(const SimEvent& event, const RowCell& row) const {
  if (row.uid == event.uid) return true;
  if (event.version) return row.version && *row.version >= *event.version;
  if (row.version) return true;
  switch (StreamOf(event).keys) {
    case KeySharing::kOwnKey:
      return false;
    case KeySharing::kOneProducer:
      if (!event.sequence || !row.sequence) return true;
      return std::tie(row.epoch, *row.sequence) >= std::tie(event.epoch, *event.sequence);
    case KeySharing::kAllProducers:
      return true;  // The later arrival wins, and only the service knows which that was.
  }
  return false;
}

const DeadLetter* Oracle::LetterOf(const SimEvent& event, bool refused_by_data_only) const {
  const std::string head = LetterName(StreamOf(event).spec.name + ":");
  const Cells& cells = world_->database.cells();
  for (auto cell = cells.lower_bound(head); cell != cells.end() && cell->first.starts_with(head);
       ++cell) {
    const DeadLetter& letter = std::get<LetterCell>(cell->second).letter;
    if (letter.event_time != WallTime{event.uid}) continue;
    if (!refused_by_data_only || IsRefusedByData(letter)) return &letter;
  }
  return nullptr;
}

bool Oracle::HoldsRow(const SimEvent& event) const {
  const RowCell* const row = RowOf(event);
  return row != nullptr && HoldsAsNew(event, *row);
}

bool Oracle::SinkHolds(const SimEvent& event) const {
  return HoldsRow(event) || LetterOf(event) != nullptr ||
         world_->database.Committed(DiscardedName(event.uid)) != nullptr;
}

void Oracle::CheckSettled(const SentEvent& sent, const SimEvent& event, Verdict verdict) {
  if (sent.lineages != world_->lineages) return;  // The producer will not believe it either.
  if (!SinkHolds(event)) {
    return Fail("(A) answered " + std::string(ToString(verdict)) +
                " but not in the sink: " + Describe(event));
  }
  if (!IsSequenced(StreamOf(event).spec.mode)) return;
  const std::string row = LedgerName(StreamOf(event).spec.name, event.producer);
  for (const ProducerState* state : history_.Since(row, sent.moment)) {
    if (!state->known || state->epoch < sent.epoch) continue;
    if (state->epoch > sent.epoch || Vouches(*state, event.sequence->value)) return;
  }
  Fail("(A) answered " + std::string(ToString(verdict)) + " but never marked: " + Describe(event));
}

void Oracle::CheckAppliedOnce(const SentEvent& sent, const SimEvent& event) {
  // Rows that are judged by the stored row alone: an older version that is folded into a newer one
  // of its group is told that it was applied, also when it had been before.
  const DedupeMode mode = StreamOf(event).spec.mode;
  if (mode == DedupeMode::kOff || mode == DedupeMode::kVersion) return;
  const auto [found, first] = applied_.try_emplace(event.uid, sent.forgivings);
  if (first) return;
  if (std::min(found->second, sent.forgivings) == Disturbances()) {
    Fail("(B) answered applied twice: " + Describe(event));
  }
  found->second = sent.forgivings;
}

void Oracle::CheckSuperseded(const SentEvent& sent, const SimEvent& event) {
  const KeySharing keys = StreamOf(event).keys;
  if (keys == KeySharing::kAllProducers || sent.lineages != world_->lineages) return;
  const RowCell* const row = RowOf(event);
  if (row != nullptr && row->uid == event.uid && !event.version) {
    Fail("superseded by nothing: " + Describe(event));
  }
}

std::optional<Fingerprint> Oracle::PayloadHeld(const SimEvent& event) const {
  if (const RowCell* const row = RowOf(event)) return PayloadOf(*row, event);
  if (const DeadLetter* const letter = LetterOf(event, true)) {
    return FingerprintOfText(letter->operation, letter->key, letter->version, letter->value);
  }
  return std::nullopt;
}

void Oracle::CheckConflict(const SentEvent& sent, const SimEvent& event) {
  if (event.payloads.size() < 2) return Fail("a conflict with itself: " + Describe(event));
  if (!IsUndisturbed(sent) || !TellsPayload(event) || sent.atomic) return;
  const std::optional<Fingerprint> held = PayloadHeld(event);
  if (!held) return Fail("a conflict with nothing: " + Describe(event));
  if (*held == sent.fingerprint) {
    Fail("a conflict with the very payload that is stored: " + Describe(event));
  }
}

/// True if the row of a settled event is what settled it. (By a version a row may refuse an event
/// that was settled anew after it had been forgotten; an append table has a second row then.)
bool Oracle::TellsPayload(const SimEvent& event) const {
  const auto rows = appended_.find(event.uid);
  if (rows != appended_.end() && rows->second.size() > 1) return false;
  const SimStream& stream = StreamOf(event);
  return stream.keys == KeySharing::kOwnKey && !event.version && !redone_.contains(event.uid);
}

void Oracle::CheckVerified(const SentEvent& sent, const SimEvent& event) {
  if (!IsUndisturbed(sent) || !TellsPayload(event) || sent.atomic) return;
  const std::optional<Fingerprint> held = PayloadHeld(event);
  if (held && *held != sent.fingerprint) {
    Fail("a verified duplicate of another payload: " + Describe(event));
  }
}

void Oracle::CheckRefusal(const SentEvent& sent, const SimEvent& event, const EventResult& result) {
  const StreamSpec& spec = StreamOf(event).spec;
  if (!event.sequence) return Fail("refused by a state that it has not: " + Describe(event));
  const std::int64_t sequence = event.sequence->value;
  bool is_true = false;
  std::int64_t lowest_next = INT64_MAX;
  std::int64_t highest_next = 0;
  for (const ProducerState* state :
       history_.Since(LedgerName(spec.name, event.producer), sent.moment)) {
    const bool of_epoch = state->known && state->epoch == sent.epoch;
    const bool fenced = state->known && state->epoch > sent.epoch;
    const std::int64_t next = of_epoch ? NextSequence(state->window) : 0;
    lowest_next = std::min(lowest_next, next);
    highest_next = std::max(highest_next, next);
    // Between two committed states lie those within one group, which nobody outside ever sees.
    if (fenced) is_true = true;
    if (result.verdict == Verdict::kTooOld && of_epoch) {
      is_true |= sequence <= state->window.floor;
      // A full window may have had room again at the end of the group.
      is_true |= result.code == Code::kWindowFull && spec.ranges_max < kUncappedRanges;
    }
    if (result.code == Code::kPredecessorNotSettled) {
      is_true |= !of_epoch || HighestSequence(state->window) != event.after;
    }
  }
  if (result.code == Code::kSequenceGap) {
    is_true |= result.hint >= lowest_next && result.hint <= highest_next && result.hint != sequence;
  }
  switch (result.verdict) {
    case Verdict::kGap:
      world_->happenings.Count(Happening::kGap);
      break;
    case Verdict::kFenced:
      world_->happenings.Count(Happening::kFenced);
      break;
    default:
      world_->happenings.Count(Happening::kTooOld);
      if (result.code == Code::kWindowFull) world_->Count(Happening::kWindowFull);
      break;
  }
  // What spoils an atomic batch may be an earlier event of the same batch.
  if (!is_true && !sent.atomic) {
    std::string seen;
    for (const ProducerState* state :
         history_.Since(LedgerName(spec.name, event.producer), sent.moment)) {
      seen += "; " + DescribeState(*state);
    }
    Fail("answered " + std::string(ToString(result.verdict)) + " (" +
         std::string(ToString(result.code)) + "), which was never true: " + Describe(event) + seen);
  }
}

void Oracle::CheckSink() {
  CheckLetters();
  CheckAcceptedInSink();
  CheckAppendedRows();
  for (const SimEvent& event : world_->book.all()) {
    switch (event.fate) {
      case Fate::kOpen:
        Fail("(D) never settled nor refused: " + Describe(event));
        return;
      case Fate::kRefused:
        break;
      case Fate::kSettled:
        if (!SinkHolds(event)) Fail("(A) settled but not in the sink: " + Describe(event));
        break;
    }
  }
}

}  // namespace oncegate::sim
