// The one table from verdicts to the status of an answer. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "dedupe/types/verdict.h"

namespace oncegate {

/// How many records ended in each verdict, by its number.
struct VerdictCounts {
  std::array<std::uint32_t, kVerdictCount> of{};

  void Add(Verdict verdict) { ++of[static_cast<std::size_t>(verdict)]; }
  std::uint32_t Of(Verdict verdict) const { return of[static_cast<std::size_t>(verdict)]; }
  std::uint32_t Total() const;
};

VerdictCounts CountVerdicts(std::span<const EventResult> results);

/// Those that decide: all of them, but in an aborted atomic batch only what stood in its way (not
/// the duplicates, not what was merely taken back with it).
VerdictCounts DecidingVerdicts(std::span<const EventResult> results, bool atomic);

/// 200, 202, 207, 409, 410, 422 or 503. No records at all: 200.
int StatusOf(const VerdictCounts& counts);

/// The code of a problem: the verdict common to all, or "mixed".
std::string_view CommonCode(const VerdictCounts& counts);

}  // namespace oncegate
