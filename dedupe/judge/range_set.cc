#include "dedupe/judge/range_set.h"

#include <algorithm>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

/// Position of the first range that ends at or after `sequence`.
std::size_t FindRange(const std::vector<SequenceRange>& ranges, std::int64_t sequence) {
  const auto found = std::lower_bound(
      ranges.begin(), ranges.end(), sequence,
      [](const SequenceRange& range, std::int64_t value) { return range.last < value; });
  return static_cast<std::size_t>(found - ranges.begin());
}

/// Where a sequence that is not contained goes: before `position`, touching one neighbour or both.
struct Placement {
  std::size_t position;
  bool joins_lower;
  bool joins_upper;

  /// Index of the range that holds the sequence afterwards.
  std::size_t OwnRange() const { return joins_lower ? position - 1 : position; }
  std::size_t RangesAdded() const { return joins_lower || joins_upper ? 0 : 1; }
  std::size_t RangesRemoved() const { return joins_lower && joins_upper ? 1 : 0; }
};

/// Neighbours are compared by subtracting from what is at least 0, since last + 1 may overflow.
Placement Place(const std::vector<SequenceRange>& ranges, std::int64_t sequence) {
  const std::size_t position = FindRange(ranges, sequence);
  return {.position = position,
          .joins_lower = position > 0 && ranges[position - 1].last == sequence - 1,
          .joins_upper = position < ranges.size() && ranges[position].first - 1 == sequence};
}

void Insert(std::int64_t sequence, const Placement& place, std::vector<SequenceRange>* ranges) {
  const auto upper = ranges->begin() + static_cast<std::ptrdiff_t>(place.position);
  if (place.joins_lower && place.joins_upper) {
    (upper - 1)->last = upper->last;
    ranges->erase(upper);
  } else if (place.joins_lower) {
    (upper - 1)->last = sequence;
  } else if (place.joins_upper) {
    upper->first = sequence;
  } else {
    ranges->insert(upper, {sequence, sequence});
  }
}

void DropOldest(std::size_t count, Window* window) {
  if (count == 0) return;
  window->floor = window->ranges[count - 1].last;
  window->ranges.erase(window->ranges.begin(),
                       window->ranges.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

bool ContainsSequence(const Window& window, std::int64_t sequence) {
  const std::size_t position = FindRange(window.ranges, sequence);
  return position < window.ranges.size() && window.ranges[position].first <= sequence;
}

InsertOutcome InsertSequence(std::int64_t sequence, std::size_t ranges_max, Window* window) {
  CHECK(ranges_max >= 1 && sequence > window->floor);
  std::vector<SequenceRange>& ranges = window->ranges;
  Placement place = Place(ranges, sequence);
  const std::size_t count = ranges.size() + place.RangesAdded() - place.RangesRemoved();
  const std::size_t excess = count > ranges_max ? count - ranges_max : 0;
  if (place.OwnRange() < excess) return InsertOutcome::kWindowFull;
  // The ranges dropped all lie below the sequence's own one, so the order of the two steps is free;
  // dropping first never needs room for one range more than the cap.
  DropOldest(excess, window);
  place.position -= excess;
  Insert(sequence, place, &ranges);
  return InsertOutcome::kInserted;
}

void RemoveThrough(std::int64_t through, std::vector<SequenceRange>* ranges) {
  const auto kept =
      std::find_if(ranges->begin(), ranges->end(),
                   [through](const SequenceRange& range) { return range.last > through; });
  ranges->erase(ranges->begin(), kept);
  if (!ranges->empty() && ranges->front().first <= through) ranges->front().first = through + 1;
}

}  // namespace oncegate
