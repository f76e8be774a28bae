#include "dedupe/types/verdict.h"

namespace oncegate {

std::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kRetry:
      return "retry";
    case Verdict::kApplied:
      return "applied";
    case Verdict::kDuplicate:
      return "duplicate";
    case Verdict::kSuperseded:
      return "superseded";
    case Verdict::kDeadLettered:
      return "dead_lettered";
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kConflict:
      return "conflict";
    case Verdict::kGap:
      return "gap";
    case Verdict::kFenced:
      return "fenced";
    case Verdict::kTooOld:
      return "too_old";
    case Verdict::kInvalid:
      return "invalid";
    case Verdict::kRejected:
      return "rejected";
  }
  return "";
}

std::string_view ToString(Code code) {
  switch (code) {
#define ONCEGATE_CASE(name, text) \
  case Code::name:                \
    return text;
    ONCEGATE_CODES(ONCEGATE_CASE)
#undef ONCEGATE_CASE
  }
  return "";
}

}  // namespace oncegate
