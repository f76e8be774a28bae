#include "server/ingest/producer_report.h"

#include <algorithm>
#include <vector>

#include "server/ingest/journal_book.h"

namespace oncegate {
namespace {

constexpr std::size_t kMissingMax = 100;

using Ranges = std::vector<SequenceRange>;

/// Everything that is settled or at or below the floor, neighbours joined.
Ranges CoveredBy(const Window& window) {
  Ranges covered;
  if (window.floor >= 0) covered.push_back({0, window.floor});
  for (const SequenceRange& range : window.ranges) {
    if (!covered.empty() && covered.back().last == range.first - 1) {
      covered.back().last = range.last;
    } else {
      covered.push_back(range);
    }
  }
  return covered;
}

Ranges Intersect(const Ranges& one, const Ranges& other) {
  Ranges common;
  for (std::size_t i = 0, j = 0; i < one.size() && j < other.size();) {
    const SequenceRange both{std::max(one[i].first, other[j].first),
                             std::min(one[i].last, other[j].last)};
    if (both.first <= both.last) common.push_back(both);
    ++(one[i].last < other[j].last ? i : j);
  }
  return common;
}

Epoch HighestEpoch(std::span<const LockedProducer> rows) {
  Epoch highest;
  for (const LockedProducer& row : rows) {
    if (row.state.known) highest = std::max(highest, row.state.epoch);
  }
  return highest;
}

/// What a sink knows of `epoch`.
Window WindowIn(Epoch epoch, const LockedProducer& row) {
  return row.state.known && row.state.epoch == epoch ? row.state.window : Window();
}

/// Where sequences may be missing, whoever resumes goes on behind the highest one of any sink, and
/// sends what is missing in one of them. In the other modes he goes on where the sink is that is
/// furthest behind: that comes out of what is settled in all.
void CountHigherOnes(std::span<const LockedProducer> rows, Epoch epoch, WindowReport* report) {
  for (const LockedProducer& row : rows) {
    const Window window = WindowIn(epoch, row);
    report->floor = std::max(report->floor, window.floor);
    const std::int64_t highest = HighestSequence(window);
    if (highest <= report->highest_sequence) continue;
    const std::int64_t first = report->highest_sequence + 1;
    if (!report->missing.empty() && report->missing.back().last == first - 1) {
      report->missing.back().last = highest;
    } else if (report->missing.size() < kMissingMax) {
      report->missing.push_back({first, highest});
    }
    report->highest_sequence = highest;
  }
}

}  // namespace

bool IsKnown(std::span<const LockedProducer> rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const LockedProducer& row) { return row.state.known; });
}

LockedProducer SettledInAll(std::span<const LockedProducer> rows) {
  if (rows.size() == 1) return rows.front();
  LockedProducer settled;
  settled.state.known = true;
  settled.state.epoch = HighestEpoch(rows);
  Window& window = settled.state.window;
  window.ranges = CoveredBy(WindowIn(settled.state.epoch, rows.front()));
  for (const LockedProducer& row : rows) {
    window.ranges = Intersect(window.ranges, CoveredBy(WindowIn(settled.state.epoch, row)));
    settled.updated_at = std::max(settled.updated_at, row.updated_at);
  }
  return settled;
}

ProducerReport MakeReport(const StreamSpec& stream, const std::string& producer,
                          std::span<const LockedProducer> rows) {
  const LockedProducer settled = SettledInAll(rows);
  ProducerReport report;
  report.stream = stream.name;
  report.producer = producer;
  report.epoch = settled.state.epoch;
  report.window = DescribeWindow(settled.state.window, kMissingMax);
  if (rows.size() > 1 && stream.mode == DedupeMode::kWindow) {
    CountHigherOnes(rows, report.epoch, &report.window);
  }
  report.updated_at = settled.updated_at;
  return report;
}

void AddAccepted(const LockedProducer& row, const std::optional<ProducerState>& accepted,
                 ProducerReport* report) {
  report->is_journaled = true;
  const bool adds = accepted && accepted->epoch == row.state.epoch;
  const Window& settled = row.state.window;
  report->accepted_through =
      DescribeWindow(adds ? UniteWindows(settled, accepted->window) : settled, 0)
          .contiguous_through;
}

LockedProducer OnlyAccepted(const ProducerState& accepted, WallTime now) {
  LockedProducer row;
  row.state.known = true;
  row.state.epoch = accepted.epoch;
  row.updated_at = now;
  return row;
}

}  // namespace oncegate
