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

std::vector<DeadLetter> GroupCommit::TakeLetters(Group* group, const StreamRuntime& stream) const {
  std::vector<DeadLetter> letters;
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
    SetDeadLettered(reason.detail, &item);
    letters.push_back(MakeLetter(stream.spec.name, stream.spec.mode, *item.event, reason, now_));
  }
  const auto by_id = [](const DeadLetter& a, const DeadLetter& b) { return a.id < b.id; };
  std::stable_sort(letters.begin(), letters.end(), by_id);
  const auto same_id = [](const DeadLetter& a, const DeadLetter& b) { return a.id == b.id; };
  letters.erase(std::unique(letters.begin(), letters.end(), same_id), letters.end());
  return letters;
}

GroupCommit::Step GroupCommit::WriteLetters(Group* group) {
  for (StreamRuntime* stream : group->streams) {
    const std::vector<DeadLetter> letters = TakeLetters(group, *stream);
    if (letters.empty()) continue;
    const SinkResult<std::uint64_t> written = session_->WriteDeadLetters(letters);
    if (!written) return Fail(written.error());
    wrote_ = true;
    letters_.emplace_back(stream, *written);
  }
  return Step::kContinue;
}

}  // namespace oncegate
