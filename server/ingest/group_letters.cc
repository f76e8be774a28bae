// The part of a group's transaction that keeps events as dead letters.
#include <algorithm>
#include <utility>

#include "server/ingest/group_commit.h"

namespace oncegate {
namespace {

/// Sending the event again can not change the verdict, as far as its batch goes.
bool IsFinalRefusal(Verdict verdict, const Batch& batch) {
  switch (verdict) {
    case Verdict::kConflict:
    case Verdict::kFenced:
    case Verdict::kTooOld:
    case Verdict::kInvalid:
    case Verdict::kRejected:
      return true;
    case Verdict::kGap:
      return batch.gaps_are_final;
    case Verdict::kRetry:
    case Verdict::kApplied:
    case Verdict::kDuplicate:
    case Verdict::kSuperseded:
    case Verdict::kDeadLettered:
    case Verdict::kAccepted:
      return false;
  }
  return false;
}

std::string_view DetailOf(const EventResult& result) {
  return result.text ? std::string_view(result.text->detail) : std::string_view();
}

}  // namespace

GroupCommit::Step GroupCommit::TakeLetters(Group* group, const StreamRuntime& stream,
                                           std::vector<DeadLetter>* letters) const {
  Step step = Step::kContinue;
  for (GroupEvent& item : group->events) {
    if (item.stream != &stream) continue;
    const Batch& batch = *group->parts[item.part].batch;
    LetterReason reason;
    if (item.result.verdict == Verdict::kDeadLettered) {
      reason = *item.refusal;
    } else if (batch.forwarded && IsFinalRefusal(item.result.verdict, batch)) {
      reason = {item.result.verdict, item.result.code, std::string(DetailOf(item.result))};
    } else {
      continue;
    }
    DeadLetter letter = MakeLetter(stream.spec.name, stream.spec.mode, *item.event, reason, now_);
    // What was accepted is held until there is room for it.
    if (!batch.forwarded && !session_->CanKeep(letter)) {
      reason.detail += "; it is too large to be kept as a dead letter";
      SetRejected(reason, &item);
      step = Step::kAgain;
      continue;
    }
    SetDeadLettered(reason.detail, &item);
    letters->push_back(std::move(letter));
  }
  const auto by_id = [](const DeadLetter& a, const DeadLetter& b) { return a.id < b.id; };
  std::stable_sort(letters->begin(), letters->end(), by_id);
  const auto same_id = [](const DeadLetter& a, const DeadLetter& b) { return a.id == b.id; };
  letters->erase(std::unique(letters->begin(), letters->end(), same_id), letters->end());
  return step;
}

GroupCommit::Step GroupCommit::WriteLetters(Group* group) {
  for (StreamRuntime* stream : group->streams) {
    std::vector<DeadLetter> letters;
    const Step step = TakeLetters(group, *stream, &letters);
    if (step != Step::kContinue) return step;
    if (letters.empty()) continue;
    const SinkResult<std::uint64_t> written = session_->WriteDeadLetters(letters);
    if (!written) return Fail(written.error(), stream);
    wrote_ = true;
    letters_.emplace_back(stream, *written);
  }
  return Step::kContinue;
}

}  // namespace oncegate
