#include "server/http/status.h"

#include <numeric>

#include "server/http/problem.h"

namespace oncegate {

std::uint32_t VerdictCounts::Total() const { return std::accumulate(of.begin(), of.end(), 0U); }

VerdictCounts CountVerdicts(std::span<const EventResult> results) {
  VerdictCounts counts;
  for (const EventResult& result : results) counts.Add(result.verdict);
  return counts;
}

VerdictCounts DecidingVerdicts(std::span<const EventResult> results, bool atomic) {
  if (!atomic) return CountVerdicts(results);
  VerdictCounts offending;
  VerdictCounts taken_back;
  for (const EventResult& result : results) {
    if (IsSettled(result.verdict)) continue;
    if (result.verdict == Verdict::kRetry && result.code == Code::kAtomicAborted) {
      taken_back.Add(result.verdict);
    } else {
      offending.Add(result.verdict);
    }
  }
  if (offending.Total() > 0) return offending;
  return taken_back.Total() > 0 ? taken_back : CountVerdicts(results);
}

int StatusOf(const VerdictCounts& counts) {
  const std::uint32_t total = counts.Total();
  const std::uint32_t accepted = counts.Of(Verdict::kAccepted);
  const std::uint32_t settled = counts.Of(Verdict::kApplied) + counts.Of(Verdict::kDuplicate) +
                                counts.Of(Verdict::kSuperseded) + counts.Of(Verdict::kDeadLettered);
  if (settled + accepted == total) return accepted > 0 ? 202 : 200;
  if (settled + accepted > 0) return 207;
  if (counts.Of(Verdict::kRetry) > 0) return 503;
  const std::uint32_t refused_by_state =
      counts.Of(Verdict::kConflict) + counts.Of(Verdict::kGap) + counts.Of(Verdict::kFenced);
  if (refused_by_state == total) return 409;
  if (counts.Of(Verdict::kTooOld) == total) return 410;
  return 422;
}

std::string_view CommonCode(const VerdictCounts& counts) {
  const std::uint32_t total = counts.Total();
  for (int i = 0; i < kVerdictCount; ++i) {
    const auto verdict = static_cast<Verdict>(i);
    if (counts.Of(verdict) == total) return ToString(verdict);
  }
  return ToString(ProblemCode::kMixed);
}

}  // namespace oncegate
