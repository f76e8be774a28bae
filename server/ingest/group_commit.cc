#include "server/ingest/group_commit.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "dedupe/codec/state_codec.h"
#include "dedupe/types/check.h"

namespace oncegate {
namespace {

// A slot whose insert lost the race is locked by the re-read, so that its next write can not lose
// again; a third round means that somebody deletes ledger rows.
constexpr int kMarkRoundsMax = 4;
// For how many groups rows are locked first once a group lost a race: producers that two instances
// write by turns lose every other time.
constexpr int kLockedGroups = 32;

/// A row without anything settled is what `forget` leaves; no restored row looks like it, since a
/// row is made by its first settled event.
bool IsForgotten(const ProducerState& state) {
  return state.window.floor < 0 && state.window.ranges.empty();
}

bool KnowsLess(const ProducerState& ledger, const ProducerState& indexed) {
  if (!ledger.known) return true;
  if (ledger.epoch == indexed.epoch && IsForgotten(ledger)) return false;
  if (ledger.epoch != indexed.epoch) return ledger.epoch < indexed.epoch;
  return HighestSequence(ledger.window) < HighestSequence(indexed.window);
}

/// A record that keeps its atomic batch from being applied. Invalid records never became events.
bool HasOffender(const Group& group) {
  if (group.parts.front().batch->events.size() < group.parts.front().records) return true;
  return std::any_of(group.events.begin(), group.events.end(),
                     [](const GroupEvent& item) { return !IsSettled(item.result.verdict); });
}

void TakeIndexed(ProducerSlot* slot) {
  slot->found = true;
  slot->token = slot->indexed->token;
  slot->lineage_holds = true;
  slot->ledger = slot->indexed->state;
  slot->generation = slot->indexed->fingerprint_generation;
}

std::vector<std::uint32_t> AllSlots(const Group& group) {
  std::vector<std::uint32_t> slots(group.slots.size());
  std::iota(slots.begin(), slots.end(), 0);
  return slots;
}

}  // namespace

GroupCommit::GroupCommit(const IngestDependencies& dependencies, SinkObserver* observer)
    : index_(dependencies.index),
      random_(dependencies.random),
      clock_(dependencies.clock),
      logger_(dependencies.logger),
      store_observer_(&dependencies.observer->ForStore()),
      observer_(observer),
      fingerprint_of_(dependencies.fingerprint_of),
      judge_(dependencies.index) {}

GroupReport GroupCommit::Run(SinkSession* session, Group* group) {
  session_ = session;
  regression_logged_ = false;
  growth_rounds_ = 0;
  // The fate of a lost COMMIT shows only in rows that are read, and an atomic batch may be refused
  // before it writes anything.
  locks_first_ = locked_groups_ > 0 || !group->attempts.empty() || group->IsAtomic();
  if (locked_groups_ > 0) --locked_groups_;
  for (;;) {
    report_ = GroupReport{};
    wrote_ = false;
    ids_.clear();
    letters_.clear();
    now_ = clock_->Wall();
    const Step step = RunOnce(group);
    if (step == Step::kFinished) {
      TakeDeadLettered(group);
      report_.outcome = GroupOutcome::kDone;
      return report_;
    }
    if (session_->IsUsable()) session_->Rollback();
    // Every further round excludes at least one more event, or has more columns, so the loop ends.
    if (step != Step::kAgain && step != Step::kAddColumns) return report_;
    if (!session_->IsUsable()) {
      report_.outcome = GroupOutcome::kSinkDown;
      return report_;
    }
    if (step == Step::kAgain) growth_rounds_ = 0;
    if (step == Step::kAddColumns && AddColumns() != Step::kContinue) return report_;
  }
}

GroupCommit::Step GroupCommit::RunOnce(Group* group) {
  if (const Step step = EnsureStreams(group); step != Step::kContinue) return step;
  if (const SinkStatus begun = session_->Begin(); !begun) return Fail(begun.error());
  if (const Step step = ReadIndex(group); step != Step::kContinue) return step;
  if (const Step step = JudgeAndMark(group); step != Step::kContinue) return step;
  if (const Step step = ClaimIds(group); step != Step::kContinue) return step;
  if (const Step step = WriteRows(group); step != Step::kContinue) return step;
  if (const Step step = WriteLetters(group); step != Step::kContinue) return step;
  return Commit(group);
}

GroupCommit::Step GroupCommit::EnsureStreams(Group* group) {
  for (StreamRuntime* stream : group->streams) {
    if (stream->ensured.load(std::memory_order_acquire)) continue;
    const SinkStatus ensured = session_->EnsureStream(stream->spec.target);
    if (ensured) {
      stream->ensured.store(true, std::memory_order_release);
      continue;
    }
    const bool waits = std::any_of(group->parts.begin(), group->parts.end(), [&](const Part& part) {
      return part.stream.get() == stream && part.batch->forwarded;
    });
    // What was accepted is not refused for a table that can still be mended.
    if (ensured.error().error_class != SinkErrorClass::kRefused || !stream->spec.implicit ||
        waits) {
      return Fail(ensured.error(), stream);
    }
    for (GroupEvent& item : group->events) {
      if (item.stream != stream) continue;
      item.excluded = true;
      item.result = EventResult{};
      item.result.verdict = Verdict::kRejected;
      item.result.code = Code::kTableNotOwned;
      item.result.text = std::make_unique<EventResult::Text>(
          EventResult::Text{ensured.error().message, std::string()});
    }
  }
  return Step::kContinue;
}

GroupCommit::Step GroupCommit::ReadIndex(Group* group) {
  std::vector<std::uint32_t> unread;
  for (std::uint32_t s = 0; s < group->slots.size(); ++s) {
    ProducerSlot& slot = group->slots[s];
    auto indexed = index_->ReadProducer(slot.IndexKey());
    if (!indexed) return FailStore(indexed.error());
    slot.indexed = std::move(*indexed);
    slot.was_read = false;
    if (locks_first_ || !slot.indexed) {
      unread.push_back(s);
    } else {
      TakeIndexed(&slot);
    }
  }
  return ReadLedger(group, unread);
}

GroupCommit::Step GroupCommit::ReadLedger(Group* group, const std::vector<std::uint32_t>& slots) {
  if (slots.empty()) return Step::kContinue;
  std::vector<LedgerRequest> requests;
  requests.reserve(slots.size());
  for (const std::uint32_t s : slots) {
    const ProducerKey& key = group->slots[s].key;
    requests.push_back({{key.stream, key.producer}, locks_first_});
  }
  std::vector<LedgerRow> rows;
  if (const SinkStatus read = session_->ReadLedger(requests, &rows); !read) {
    return Fail(read.error());
  }
  CHECK(rows.size() == slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Step step = TakeLedgerRow(group, slots[i], rows[i]);
    if (step != Step::kContinue) return step;
  }
  return Step::kContinue;
}

GroupCommit::Step GroupCommit::TakeLedgerRow(Group* group, std::uint32_t slot_number,
                                             const LedgerRow& row) {
  ProducerSlot& slot = group->slots[slot_number];
  for (std::uint32_t a = 0; a < group->attempts.size() && row.found; ++a) {
    const Attempt::Slot& tried = group->attempts[a].slots[slot_number];
    if (tried.changed && tried.token == row.token) return ResolveInDoubt(group, a);
  }
  slot.was_read = true;
  if (row.found && slot.indexed && slot.indexed->token == row.token) {
    TakeIndexed(&slot);
    return Step::kContinue;
  }
  slot.found = row.found;
  slot.token = row.token;
  slot.lineage_holds = false;
  slot.generation = random_->NewGeneration();
  slot.ledger = ProducerState{};
  if (row.found) {
    Result<ProducerState> state = DecodeState(row.state);
    if (!state) {
      return Fail({SinkErrorClass::kStream,
                   "the ledger row of stream \"" + slot.stream->spec.name +
                       "\" can not be read: " + state.error().message,
                   ""},
                  slot.stream);
    }
    slot.ledger = std::move(*state);
  }
  if (slot.indexed) {
    observer_->OnLedgerConflict();
    if (KnowsLess(slot.ledger, slot.indexed->state)) {
      NoteRegression(*slot.stream);
    }
    slot.indexed.reset();  // Of no use any more; a further look must not count it again.
  }
  return Step::kContinue;
}

GroupCommit::Step GroupCommit::JudgeAndMark(Group* group) {
  std::vector<std::uint32_t> pending = AllSlots(*group);
  for (int round = 0; round < kMarkRoundsMax; ++round) {
    if (const Step step = JudgeSlots(group, pending); step != Step::kContinue) return step;
    std::vector<LedgerWrite> writes;
    std::vector<std::uint32_t> written;
    std::copy_if(pending.begin(), pending.end(), std::back_inserter(written),
                 [&](std::uint32_t s) { return group->slots[s].changed; });
    const std::vector<Token> tokens = random_->NewTokens(written.size());
    for (std::size_t w = 0; w < written.size(); ++w) {
      ProducerSlot& slot = group->slots[written[w]];
      slot.new_token = tokens[w];
      slot.encoded = EncodeState(slot.state);
      const auto expected = slot.found ? std::optional<Token>(slot.token) : std::nullopt;
      writes.push_back({{slot.key.stream, slot.key.producer},
                        expected,
                        slot.new_token,
                        slot.state.epoch,
                        slot.encoded});
    }
    if (writes.empty()) return Step::kContinue;
    // An atomic batch that is refused by state is told before anything is written.
    if (group->IsAtomic() && HasOffender(*group)) return AbortAtomic(group);
    std::vector<std::uint32_t> lost;
    const SinkStatus wrote = session_->WriteLedger(writes, now_, locks_first_ ? &lost : nullptr);
    if (!wrote) return Fail(wrote.error());
    wrote_ = true;
    pending.clear();
    for (const std::uint32_t w : lost) pending.push_back(written[w]);
    if (pending.empty()) return Step::kContinue;
    for (std::size_t i = 0; i < pending.size(); ++i) observer_->OnLedgerConflict();
    if (const Step step = ReadLedger(group, pending); step != Step::kContinue) return step;
  }
  return Fail({SinkErrorClass::kRestart, "the ledger rows of a group kept changing", ""});
}

GroupCommit::Step GroupCommit::JudgeSlots(Group* group, std::vector<std::uint32_t> slots) {
  while (!slots.empty()) {
    std::vector<std::uint32_t> unproved;
    for (const std::uint32_t s : slots) {
      ProducerSlot& slot = group->slots[s];
      if (const Status judged = judge_.JudgeSlot(group, &slot); !judged) {
        return FailStore(judged.error());
      }
      if (!slot.changed && !slot.was_read) unproved.push_back(s);
    }
    if (const Step step = ReadLedger(group, unproved); step != Step::kContinue) return step;
    std::erase_if(unproved, [&](std::uint32_t s) { return group->slots[s].lineage_holds; });
    slots = std::move(unproved);
  }
  return Step::kContinue;
}

GroupCommit::Step GroupCommit::Commit(Group* group) {
  if (group->IsAtomic() && HasOffender(*group)) return AbortAtomic(group);
  const SteadyTime begun = clock_->Now();
  const CommitOutcome outcome = session_->Commit();
  // A transaction that wrote nothing has nothing to be in doubt about; what it read stays true only
  // if its end was confirmed.
  if (wrote_) observer_->OnCommit(outcome, clock_->Now() - begun);
  switch (outcome) {
    case CommitOutcome::kCommitted:
      ForgetAttempts(group, LastAttemptLanded(*group));
      return Step::kFinished;
    case CommitOutcome::kAborted:
      return Fail({SinkErrorClass::kRestart, "the sink rolled the transaction back", ""});
    case CommitOutcome::kInDoubt:
      break;
  }
  if (!wrote_) return Fail({SinkErrorClass::kConnection, "the connection was lost", ""});
  Attempt attempt;
  for (ProducerSlot& slot : group->slots) {
    attempt.slots.push_back(
        {slot.changed, slot.new_token, std::move(slot.state), std::move(slot.settled_here)});
  }
  for (GroupEvent& item : group->events) {
    if (item.excluded) {
      EventResult copy;
      copy.verdict = item.result.verdict;
      copy.code = item.result.code;
      if (item.result.text) copy.text = std::make_unique<EventResult::Text>(*item.result.text);
      attempt.results.push_back(std::move(copy));
    } else {
      attempt.results.push_back(std::move(item.result));
    }
  }
  group->attempts.push_back(std::move(attempt));
  report_.outcome = GroupOutcome::kInDoubt;
  report_.error = {SinkErrorClass::kConnection, "the connection was lost during COMMIT", ""};
  return Step::kFailed;
}

GroupCommit::Step GroupCommit::ConfirmWhatWasRead() {
  session_->Rollback();
  if (const SinkStatus begun = session_->Begin(); !begun) return Fail(begun.error());
  if (session_->Commit() == CommitOutcome::kCommitted) return Step::kContinue;
  return Fail({SinkErrorClass::kConnection, "what was read could not be confirmed", ""});
}

GroupCommit::Step GroupCommit::ResolveInDoubt(Group* group, std::uint32_t attempt_number) {
  // The ledger holds a token that only our own lost attempt can have written, so all of it
  // committed: its verdicts stand. The transaction at hand wrote nothing that matters.
  if (const Step step = ConfirmWhatWasRead(); step != Step::kContinue) return step;
  Attempt attempt = std::move(group->attempts[attempt_number]);
  for (std::size_t s = 0; s < group->slots.size(); ++s) {
    ProducerSlot& slot = group->slots[s];
    slot.changed = attempt.slots[s].changed;
    slot.new_token = attempt.slots[s].token;
    slot.state = std::move(attempt.slots[s].state);
    slot.settled_here = std::move(attempt.slots[s].settled_here);
    if (slot.generation == 0) slot.generation = random_->NewGeneration();
  }
  for (std::size_t e = 0; e < group->events.size(); ++e) {
    group->events[e].result = std::move(attempt.results[e]);
  }
  ForgetAttempts(group, true);
  return Step::kFinished;
}

GroupCommit::Step GroupCommit::AbortAtomic(Group* group) {
  for (GroupEvent& item : group->events) {
    const Verdict verdict = item.result.verdict;
    if (verdict == Verdict::kDuplicate && !item.within_group) continue;
    if (!IsSettled(verdict)) continue;  // An offender keeps its verdict.
    item.result = EventResult{};
    item.result.verdict = Verdict::kRetry;
    item.result.code = Code::kAtomicAborted;
  }
  for (ProducerSlot& slot : group->slots) slot.changed = false;
  ids_.clear();
  letters_.clear();
  if (const Step step = ConfirmWhatWasRead(); step != Step::kContinue) return step;
  ForgetAttempts(group, false);
  return Step::kFinished;
}

bool GroupCommit::LastAttemptLanded(const Group& group) const {
  // Tokens would have told. Ids have none: where all are taken already, the lost commit took them.
  if (group.attempts.empty() || ids_.empty()) return false;
  for (const IdsOfStream& claimed : ids_) {
    for (const IdOutcome& outcome : claimed.outcomes) {
      if (outcome.fresh) return false;
    }
  }
  return std::none_of(group.slots.begin(), group.slots.end(),
                      [](const ProducerSlot& slot) { return slot.changed; });
}

void GroupCommit::ForgetAttempts(Group* group, bool one_landed) {
  for (std::size_t a = 0; a < group->attempts.size(); ++a) {
    observer_->OnInDoubtResolved(one_landed && a == 0);
  }
  group->attempts.clear();
}

GroupCommit::Step GroupCommit::Fail(const SinkError& error, StreamRuntime* stream) {
  report_.error = error;
  report_.stream = stream;
  observer_->OnError(error.error_class);
  switch (error.error_class) {
    case SinkErrorClass::kRestart:
      report_.outcome = GroupOutcome::kRestart;
      locked_groups_ = kLockedGroups;
      break;
    case SinkErrorClass::kConnection:
      report_.outcome = GroupOutcome::kSinkDown;
      break;
    case SinkErrorClass::kStream:
    case SinkErrorClass::kRefused:
      // Without a culprit it is a table that all streams need.
      report_.outcome = stream != nullptr ? GroupOutcome::kStreamDown : GroupOutcome::kSinkDown;
      // The table may be gone together with its catalogue entry; then it is made anew.
      if (stream != nullptr) stream->ensured.store(false, std::memory_order_release);
      break;
  }
  return Step::kFailed;
}

GroupCommit::Step GroupCommit::FailStore(const Error& error) {
  report_.outcome = GroupOutcome::kStoreDown;
  report_.error = {SinkErrorClass::kConnection, error.message, ""};
  store_observer_->OnError();
  return Step::kFailed;
}

}  // namespace oncegate
