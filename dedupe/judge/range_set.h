// The settled ranges of a Window as a set of sequences. Pure functions; every one keeps the
// invariant of Window. No arithmetic leaves -1 … 2^63-1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dedupe/types/producer_state.h"

namespace oncegate {

/// True if `sequence` lies in a settled range. What the floor covers is not contained.
bool ContainsSequence(const Window& window, std::int64_t sequence);

enum class InsertOutcome : std::uint8_t {
  kInserted,
  kWindowFull,  // Nothing changed: the sequence would itself fall at or below the raised floor.
};

/// Adds one sequence and joins it with its neighbours. Where more than `ranges_max` ranges would
/// remain, the oldest are dropped and the floor rises to the end of the last one dropped.
/// Precondition: `sequence` is above the floor and not contained; ranges_max >= 1.
InsertOutcome InsertSequence(std::int64_t sequence, std::size_t ranges_max, Window* window);

/// Removes every sequence at or below `through`; a range that straddles it is cut.
void RemoveThrough(std::int64_t through, std::vector<SequenceRange>* ranges);

}  // namespace oncegate
