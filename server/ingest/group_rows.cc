// The part of a group's transaction that writes: ids, then rows, and what the sink made of them.
#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"
#include "server/ingest/group_commit.h"

namespace oncegate {
namespace {

// Columns are added in one round each for the events of a call; more in a row means that they
// vanish again.
constexpr int kGrowthRoundsMax = 16;

}  // namespace

GroupCommit::Step GroupCommit::ClaimIds(Group* group) {
  for (StreamRuntime* stream : group->streams) {
    if (stream->spec.mode != DedupeMode::kId) continue;
    Result<IdGroup> ids = judge_.CollectIds(*group, *stream, now_);
    if (!ids) return FailStore(ids.error());
    if (ids->claims.empty()) continue;
    IdsOfStream claimed{stream, std::move(*ids), {}};
    const SinkStatus status =
        session_->ClaimIds(stream->spec.name, claimed.ids.claims, now_, &claimed.outcomes);
    if (!status) return Fail(status.error());
    CHECK(claimed.outcomes.size() == claimed.ids.claims.size());
    judge_.JudgeIds(claimed.ids, claimed.outcomes, group);
    for (std::size_t i = 0; i < claimed.outcomes.size(); ++i) {
      if (!claimed.outcomes[i].fresh) continue;
      wrote_ = true;
      if (claimed.ids.claims[i].believed_seen) NoteRegression(*stream);
    }
    ids_.push_back(std::move(claimed));
  }
  return Step::kContinue;
}

void GroupCommit::NoteRegression(const StreamRuntime& stream) {
  observer_->OnLedgerRegression();
  if (!regression_logged_) {
    logger_->Log(LogLevel::kWarning,
                 "The ledger knows less than this instance had seen; the ledger is believed",
                 {{"stream", std::string_view(stream.spec.name)}});
  }
  regression_logged_ = true;
}

GroupCommit::Step GroupCommit::WriteRows(Group* group) {
  std::vector<StreamRuntime*> by_table = group->streams;
  std::stable_sort(by_table.begin(), by_table.end(), [](const auto* a, const auto* b) {
    return a->spec.target.table < b->spec.target.table;
  });
  for (StreamRuntime* stream : by_table) {
    if (const Step step = WriteStreamRows(group, stream); step != Step::kContinue) return step;
  }
  return Step::kContinue;
}

GroupCommit::Step GroupCommit::WriteStreamRows(Group* group, StreamRuntime* stream) {
  const DedupeMode mode = stream->spec.mode;
  const bool judged_by_row = mode == DedupeMode::kVersion || mode == DedupeMode::kOff;
  std::vector<std::uint32_t> judged;
  std::vector<const Event*> events;
  for (std::uint32_t e = 0; e < group->events.size(); ++e) {
    GroupEvent& item = group->events[e];
    if (item.stream != stream || item.excluded) continue;
    if (judged_by_row) SetFresh(&item);
    if (item.result.verdict != Verdict::kApplied) continue;
    judged.push_back(e);
    events.push_back(item.event);
  }
  if (events.empty()) return Step::kContinue;
  const bool keeps_all = stream->spec.target.kind == TargetKind::kAppend;
  const FoldPlan plan = keeps_all ? KeepEveryEvent(events.size()) : FoldEvents(mode, events);
  std::vector<const Event*> rows;
  for (std::uint32_t round = 0; round < plan.rounds.size(); ++round) {
    rows.clear();
    for (const std::uint32_t winner : plan.rounds[round]) rows.push_back(events[winner]);
    RowsOutcome outcome;
    const SinkStatus written = session_->UpsertRows(stream->spec.target, rows, now_, &outcome);
    if (!written) return Fail(written.error(), stream);
    wrote_ = true;
    if (!outcome.new_columns.empty()) {
      growth_ = {stream, std::move(outcome.new_columns)};
      return Step::kAddColumns;
    }
    const Step step = TakeEffects(group, judged, plan, round, outcome);
    if (step != Step::kContinue) return step;
  }
  return Step::kContinue;
}

GroupCommit::Step GroupCommit::AddColumns() {
  if (++growth_rounds_ > kGrowthRoundsMax) {
    return Fail({SinkErrorClass::kStream, "columns that were added are not there", ""},
                growth_.stream);
  }
  const SinkStatus added = session_->AddColumns(growth_.stream->spec.target, growth_.columns);
  if (!added) return Fail(added.error(), growth_.stream);
  return Step::kContinue;
}

void GroupCommit::Refuse(const BadRow& bad, GroupEvent* item, const Batch& batch) const {
  const LetterReason reason{bad.verdict, bad.code, bad.detail};
  if (item->stream->spec.keeps_dead_letters || batch.forwarded) {
    item->refusal = std::make_unique<LetterReason>(reason);
  } else {
    SetRejected(reason, item);
  }
}

GroupCommit::Step GroupCommit::TakeEffects(Group* group, const std::vector<std::uint32_t>& judged,
                                           const FoldPlan& plan, std::uint32_t round,
                                           const RowsOutcome& outcome) {
  for (const BadRow& bad : outcome.bad) {
    GroupEvent& item = group->events[judged[plan.rounds[round][bad.row]]];
    Refuse(bad, &item, *group->parts[item.part].batch);
  }
  if (!outcome.bad.empty()) return Step::kAgain;
  CHECK(outcome.effects.size() == plan.rounds[round].size());
  std::vector<const StoredRow*> stored(outcome.effects.size(), nullptr);
  for (const StoredRow& row : outcome.stored) stored[row.row] = &row;

  for (std::size_t i = 0; i < judged.size(); ++i) {
    const FoldMembership& membership = plan.membership[i];
    if (membership.round != round) continue;
    const GroupEvent& winner = group->events[judged[plan.rounds[round][membership.row]]];
    TakeEffect(winner, membership.fate, outcome.effects[membership.row], stored[membership.row],
               &group->events[judged[i]]);
  }
  return Step::kContinue;
}

Fingerprint GroupCommit::FingerprintOf(const StoredRow& stored, const Event& event) const {
  if (stored.fingerprint) return *stored.fingerprint;
  const Operation operation = stored.deleted ? Operation::kDelete : Operation::kUpsert;
  return fingerprint_of_(operation, event.key, event.version, stored.value);
}

void GroupCommit::TakeEffect(const GroupEvent& winner, FoldFate fate, RowEffect effect,
                             const StoredRow* stored, GroupEvent* item) const {
  const auto supersede = [&] {
    item->result.verdict = Verdict::kSuperseded;
    item->result.code = Code::kSuperseded;
  };
  switch (effect) {
    case RowEffect::kNewerExists:
      supersede();
      return;
    case RowEffect::kSameVersion: {
      CHECK(stored != nullptr);
      if (item->event->version != winner.event->version) {
        supersede();
        return;
      }
      SetDuplicate(item->event->fingerprint, FingerprintOf(*stored, *item->event), false, item);
      return;
    }
    case RowEffect::kWritten:
      break;
  }
  switch (fate) {
    case FoldFate::kShares:
      return;  // Applied, as judged.
    case FoldFate::kSuperseded:
      supersede();
      return;
    case FoldFate::kDuplicate:
      SetDuplicate(item->event->fingerprint, item->event->fingerprint, true, item);
      return;
    case FoldFate::kConflict:
      item->result.verdict = Verdict::kConflict;
      item->result.code = Code::kPayloadMismatch;
      return;
  }
}

void GroupCommit::TakeDeadLettered(Group* group) {
  for (StreamRuntime* stream : group->streams) {
    std::vector<GroupEvent*> taken;
    std::vector<const Event*> events;
    for (GroupEvent& item : group->events) {
      // Where a lost COMMIT is resolved by ids alone, its events come out as duplicates.
      const Verdict verdict = item.result.verdict;
      const bool was_taken = verdict == Verdict::kApplied || verdict == Verdict::kDuplicate;
      if (item.stream != stream || !was_taken) continue;
      taken.push_back(&item);
      events.push_back(item.event);
    }
    std::vector<BadRow> dead;
    session_->TakeDeadLettered(stream->spec.target, events, &dead);
    for (const BadRow& row : dead) {
      EventResult& result = taken[row.row]->result;
      result = EventResult{};
      result.verdict = row.verdict;
      result.code = row.code;
      result.text = std::make_unique<EventResult::Text>(EventResult::Text{row.detail, {}});
    }
  }
}

}  // namespace oncegate
