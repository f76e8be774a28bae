#include "dedupe/judge/judge.h"

#include <utility>

#include "dedupe/judge/range_set.h"
#include "dedupe/types/check.h"

namespace oncegate {
namespace {

constexpr Judgement kAppliedJudgement{Verdict::kApplied, Code::kApplied, -1};
constexpr Judgement kBelowFloorJudgement{Verdict::kTooOld, Code::kBelowFloor, -1};

Judgement InsertIntoWindow(const JudgeRules& rules, std::int64_t sequence, Window* window) {
  switch (InsertSequence(sequence, rules.ranges_max, window)) {
    case InsertOutcome::kInserted:
      return kAppliedJudgement;
    case InsertOutcome::kWindowFull:
      break;
  }
  return {Verdict::kTooOld, Code::kWindowFull, -1};
}

Judgement JudgeStrict(const JudgeRules& rules, std::int64_t sequence, Window* window) {
  const std::int64_t next = NextSequence(*window);
  if (sequence != next) return {Verdict::kGap, Code::kSequenceGap, next};
  return InsertIntoWindow(rules, sequence, window);
}

/// The state is the last position and nothing else. (Holes below it, left by another mode, count as
/// below the floor.)
Judgement JudgeMonotonic(const SequencedIdentity& identity, Window* window) {
  const std::int64_t sequence = identity.sequence.value;
  const std::int64_t highest = HighestSequence(*window);
  if (sequence < highest) return kBelowFloorJudgement;
  if (identity.after && *identity.after != highest) {
    return {Verdict::kGap, Code::kPredecessorNotSettled, -1};
  }
  window->floor = sequence - 1;
  window->ranges.assign(1, {sequence, sequence});
  return kAppliedJudgement;
}

Judgement JudgeInWindow(const JudgeRules& rules, const SequencedIdentity& identity,
                        Window* window) {
  const std::int64_t sequence = identity.sequence.value;
  if (ContainsSequence(*window, sequence)) return {Verdict::kDuplicate, Code::kDuplicate, -1};
  if (sequence <= window->floor) return kBelowFloorJudgement;
  switch (rules.mode) {
    case DedupeMode::kWindow:
      return InsertIntoWindow(rules, sequence, window);
    case DedupeMode::kStrict:
      return JudgeStrict(rules, sequence, window);
    case DedupeMode::kMonotonic:
      return JudgeMonotonic(identity, window);
    case DedupeMode::kId:
    case DedupeMode::kVersion:
    case DedupeMode::kOff:
      break;
  }
  CHECK(IsSequenced(rules.mode));
  return {};
}

}  // namespace

Judgement JudgeSequenced(const JudgeRules& rules, const SequencedIdentity& identity,
                         ProducerState* state) {
  CHECK(identity.sequence.value >= 0 && identity.epoch.value >= 0);
  if (state->known && identity.epoch < state->epoch) {
    return {Verdict::kFenced, Code::kStaleEpoch, state->epoch.value};
  }
  if (state->known && identity.epoch == state->epoch) {
    return JudgeInWindow(rules, identity, &state->window);
  }
  // An unknown producer or a higher epoch. It is kept only with the event that is applied in it:
  // one that ends unsettled never advances an epoch.
  Window fresh;
  const Judgement judgement = JudgeInWindow(rules, identity, &fresh);
  if (judgement.verdict != Verdict::kApplied) return judgement;
  if (!state->known) *state = ProducerState{};
  state->known = true;
  state->epoch = identity.epoch;
  state->window = std::move(fresh);
  return judgement;
}

DuplicateCheck CheckDuplicate(const Fingerprint& sent, const std::optional<Fingerprint>& settled) {
  if (!settled || settled->IsNone() || sent.IsNone()) return {Verdict::kDuplicate, false};
  return {*settled == sent ? Verdict::kDuplicate : Verdict::kConflict, true};
}

}  // namespace oncegate
