#include "server/ingest/letter_run.h"

#include <algorithm>
#include <span>
#include <utility>

#include "dedupe/types/check.h"
#include "server/ingest/ledger_edit.h"

namespace oncegate {
namespace {

// Letters read or deleted at once; their values may be large.
constexpr std::uint32_t kChunk = 16;

bool HasReason(const DeadLetter& letter, const LetterReason& reason) {
  return letter.verdict == ToString(reason.verdict) && letter.code == ToString(reason.code) &&
         letter.detail == reason.detail;
}

}  // namespace

LetterRun::LetterRun(LetterAction action, const LetterRequest& request,
                     const IngestDependencies& dependencies)
    : action_(action),
      request_(request),
      clock_(dependencies.clock),
      fingerprint_of_(dependencies.fingerprint_of) {
  report_.dry_run = request.dry_run;
}

void LetterRun::Take(const std::vector<DeadLetter>& letters) {
  for (const DeadLetter& letter : letters) {
    pending_.push_back({letter.written_at, letter.epoch,
                        letter.sequence ? letter.sequence->value : -1, letter.id});
  }
}

SinkStatus LetterRun::CollectPage(SinkSession* session, const StreamSpec& stream) {
  std::string after = request_.page.after;
  while (pending_.size() < request_.page.limit) {
    DeadLetterQuery query{stream.name, after, kChunk};
    query.limit =
        std::min(kChunk, request_.page.limit - static_cast<std::uint32_t>(pending_.size()));
    const SinkResult<std::vector<DeadLetter>> listed = session->ListDeadLetters(query);
    if (!listed) return listed.error();
    Take(*listed);
    if (listed->size() < query.limit) return {};
    after = listed->back().id;
  }
  report_.next = after;
  return {};
}

SinkStatus LetterRun::Collect(SinkSession* session, const StreamSpec& stream) {
  pending_.clear();
  if (request_.stream) {
    if (SinkStatus listed = CollectPage(session, stream); !listed) return listed;
  } else {
    std::vector<std::string> ids = request_.ids;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (std::size_t begin = 0; begin < ids.size(); begin += kChunk) {
      const std::size_t count = std::min<std::size_t>(kChunk, ids.size() - begin);
      if (SinkStatus begun = session->Begin(); !begun) return begun;
      const auto locked = session->LockDeadLetters(std::span(ids).subspan(begin, count));
      session->Rollback();
      if (!locked) return locked.error();
      Take(*locked);
    }
  }
  report_.dead_letters = pending_.size();
  std::sort(pending_.begin(), pending_.end(), std::greater<>());
  collected_ = true;
  return {};
}

SinkStatus LetterRun::Run(SinkSession* session, const StreamSpec& stream) {
  CHECK(collected_);
  switch (action_) {
    case LetterAction::kDiscard:
      return DiscardAll(session);
    case LetterAction::kReplay:
      break;
  }
  if (pending_.empty()) return {};
  if (SinkStatus ensured = session->EnsureStream(stream.target); !ensured) return ensured;
  for (; !pending_.empty(); pending_.pop_back()) {
    const std::string id = pending_.back().id;
    if (SinkStatus done = ReplayOne(session, stream, id); !done) return done;
    in_doubt_.reset();
  }
  return {};
}

void LetterRun::Count(Fate fate) {
  switch (fate) {
    case Fate::kApplied:
      ++report_.applied;
      return;
    case Fate::kDuplicate:
      ++report_.duplicate;
      return;
    case Fate::kSuperseded:
      ++report_.superseded;
      return;
    case Fate::kGone:
      return;
  }
}

SinkStatus LetterRun::ReplayOne(SinkSession* session, const StreamSpec& stream,
                                const std::string& id) {
  if (SinkStatus begun = session->Begin(); !begun) return begun;
  const SinkResult<std::vector<DeadLetter>> found = session->LockDeadLetters(std::span(&id, 1));
  if (!found) return found.error();
  if (found->empty()) {
    session->Rollback();
    // Somebody else took it away, or the COMMIT that got no answer did.
    Count(in_doubt_.value_or(Fate::kGone));
    return {};
  }
  const DeadLetter& letter = found->front();
  Fate fate = Fate::kApplied;
  const auto refusal = WriteRow(session, stream, letter, &fate);
  if (!refusal) return refusal.error();
  if (*refusal) {
    session->Rollback();
    const LetterReason& reason = **refusal;
    if (!request_.dry_run && !HasReason(letter, reason)) {
      if (SinkStatus kept = KeepWithReason(session, letter, reason); !kept) return kept;
    }
    report_.refused.push_back({id, reason.verdict, reason.code, reason.detail});
    return {};
  }
  if (request_.dry_run) {
    session->Rollback();
    Count(fate);
    return {};
  }
  if (!new_columns_.empty()) {
    session->Rollback();
    SinkStatus added = session->AddColumns(stream.target, new_columns_);
    if (!added) return added;
    return SinkError{SinkErrorClass::kRestart, "the table got columns for a dead letter", ""};
  }
  const SinkResult<std::uint64_t> deleted = session->DeleteDeadLetters(std::span(&id, 1));
  if (!deleted) return deleted.error();
  in_doubt_ = fate;
  if (SinkStatus committed = CommitOrError(session); !committed) return committed;
  const Event event = EventOf(letter);
  const Event* const row = &event;
  std::vector<BadRow> dead;
  session->TakeDeadLettered(stream.target, std::span(&row, 1), &dead);
  if (dead.empty()) {
    Count(fate);
  } else {
    report_.refused.push_back({id, Verdict::kRejected, Code::kSinkRejected, dead.front().detail});
  }
  return {};
}

SinkResult<std::optional<LetterReason>> LetterRun::WriteRow(SinkSession* session,
                                                            const StreamSpec& stream,
                                                            const DeadLetter& letter, Fate* fate) {
  Event event = EventOf(letter);
  event.fingerprint = fingerprint_of_(event.operation, event.key, event.version, event.value);
  const Event* const row = &event;
  RowsOutcome outcome;
  const SinkStatus written =
      session->UpsertRows(stream.target, std::span(&row, 1), clock_->Wall(), &outcome);
  if (!written) return written.error();
  if (!outcome.bad.empty()) {
    const BadRow& bad = outcome.bad.front();
    return std::optional(LetterReason{bad.verdict, bad.code, bad.detail});
  }
  new_columns_ = std::move(outcome.new_columns);
  // A dry run adds none, and takes the letter for one that would be applied then.
  if (!new_columns_.empty()) return std::optional<LetterReason>();
  switch (outcome.effects.front()) {
    case RowEffect::kWritten:
      *fate = Fate::kApplied;
      break;
    case RowEffect::kNewerExists:
      *fate = Fate::kSuperseded;
      break;
    case RowEffect::kSameVersion: {
      const StoredRow& stored = outcome.stored.front();
      const Operation operation = stored.deleted ? Operation::kDelete : Operation::kUpsert;
      const Fingerprint held = stored.fingerprint.value_or(
          fingerprint_of_(operation, event.key, event.version, stored.value));
      if (held != event.fingerprint) {
        return std::optional(LetterReason{Verdict::kConflict, Code::kPayloadMismatch, ""});
      }
      *fate = Fate::kDuplicate;
      break;
    }
  }
  return std::optional<LetterReason>();
}

SinkStatus LetterRun::KeepWithReason(SinkSession* session, const DeadLetter& letter,
                                     const LetterReason& reason) {
  DeadLetter renewed = letter;
  renewed.verdict = ToString(reason.verdict);
  renewed.code = ToString(reason.code);
  renewed.detail = reason.detail;
  if (!session->CanKeep(renewed)) return {};
  if (SinkStatus begun = session->Begin(); !begun) return begun;
  // Deleted first: a letter that is kept already stays as it is. One that is gone stays gone.
  const SinkResult<std::uint64_t> deleted = session->DeleteDeadLetters(std::span(&letter.id, 1));
  if (!deleted) return deleted.error();
  if (*deleted == 0) {
    session->Rollback();
    return {};
  }
  const SinkResult<std::uint64_t> kept = session->WriteDeadLetters(std::span(&renewed, 1));
  if (!kept) return kept.error();
  return CommitOrError(session);
}

SinkStatus LetterRun::DiscardAll(SinkSession* session) {
  if (request_.dry_run) return {};
  while (!pending_.empty()) {
    const std::size_t count = std::min<std::size_t>(kChunk, pending_.size());
    std::vector<std::string> ids;
    for (auto letter = pending_.end() - static_cast<std::ptrdiff_t>(count);
         letter != pending_.end(); ++letter) {
      ids.push_back(letter->id);
    }
    std::sort(ids.begin(), ids.end());
    if (SinkStatus begun = session->Begin(); !begun) return begun;
    const SinkResult<std::uint64_t> deleted = session->DeleteDeadLetters(ids);
    if (!deleted) return deleted.error();
    if (SinkStatus committed = CommitOrError(session); !committed) return committed;
    pending_.resize(pending_.size() - count);
  }
  return {};
}

}  // namespace oncegate
