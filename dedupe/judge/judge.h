// The judge of sequenced streams: decides from its arguments alone (no clock, no I/O, no globals).
// Safe to call from any thread on distinct states.
//
// The fixed order: epoch below current: fenced -> epoch above: fresh state of the new epoch ->
// settled: duplicate (the caller compares fingerprints) -> at or below the floor: too_old ->
// strict and not next, or `after` not settled: gap -> apply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "dedupe/types/dedupe_mode.h"
#include "dedupe/types/identity.h"
#include "dedupe/types/producer_state.h"
#include "dedupe/types/verdict.h"

namespace oncegate {

struct JudgeRules {
  DedupeMode mode = DedupeMode::kWindow;  // kWindow, kStrict or kMonotonic.
  std::size_t ranges_max = 256;           // >= 1
};

struct SequencedIdentity {
  Epoch epoch;
  Sequence sequence;
  std::optional<std::int64_t> after;
};

struct Judgement {
  Verdict verdict = Verdict::kRetry;
  Code code = Code::kSinkUnavailable;
  std::int64_t hint = -1;  // kGap (strict): expected sequence; kFenced: current epoch.
};

/// Judges one event. When the verdict is kApplied, *state is what it becomes if the event is
/// committed (new epoch included); with every other verdict *state is untouched.
Judgement JudgeSequenced(const JudgeRules& rules, const SequencedIdentity& identity,
                         ProducerState* state);

struct DuplicateCheck {
  Verdict verdict;  // kDuplicate or kConflict
  bool verified;    // False: there was nothing to compare with.
};

/// Tells a resend from another payload under the same identity.
DuplicateCheck CheckDuplicate(const Fingerprint& sent, const std::optional<Fingerprint>& settled);

}  // namespace oncegate
