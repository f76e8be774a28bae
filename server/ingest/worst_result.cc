#include "server/ingest/worst_result.h"

#include <utility>

namespace oncegate {
namespace {

/// True if `other` is to be told instead of `one`, which has the same verdict.
bool IsToldFirst(const EventResult& one, const EventResult& other) {
  switch (one.verdict) {
    case Verdict::kDuplicate:
      return one.verified && !other.verified;
    case Verdict::kGap:
      return other.hint >= 0 && (one.hint < 0 || other.hint < one.hint);
    case Verdict::kFenced:
      return other.hint > one.hint;
    case Verdict::kRetry:
    case Verdict::kApplied:
    case Verdict::kSuperseded:
    case Verdict::kDeadLettered:
    case Verdict::kAccepted:
    case Verdict::kConflict:
    case Verdict::kTooOld:
    case Verdict::kInvalid:
    case Verdict::kRejected:
      break;
  }
  return false;
}

}  // namespace

int Severity(Verdict verdict) {
  switch (verdict) {
    case Verdict::kDuplicate:
      return 0;
    case Verdict::kApplied:
      return 1;
    case Verdict::kSuperseded:
      return 2;
    case Verdict::kDeadLettered:
      return 3;
    case Verdict::kAccepted:
      return 4;
    case Verdict::kInvalid:
      return 5;
    case Verdict::kRejected:
      return 6;
    case Verdict::kTooOld:
      return 7;
    case Verdict::kConflict:
      return 8;
    case Verdict::kGap:
      return 9;
    case Verdict::kFenced:
      return 10;
    case Verdict::kRetry:
      break;
  }
  return 11;
}

EventResult WorseOf(EventResult one, EventResult other) {
  const int one_severity = Severity(one.verdict);
  const int other_severity = Severity(other.verdict);
  if (one_severity != other_severity) {
    return one_severity > other_severity ? std::move(one) : std::move(other);
  }
  return IsToldFirst(one, other) ? std::move(other) : std::move(one);
}

}  // namespace oncegate
