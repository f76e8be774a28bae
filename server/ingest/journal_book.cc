#include "server/ingest/journal_book.h"

#include <algorithm>
#include <limits>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

constexpr std::int64_t kSliceMicroseconds = 1'000'000;

/// Runs `visit` with each producer that has a sequence and the events of its run.
template <typename Visit>
void ForEachRun(std::span<const Event> events, Visit visit) {
  for (std::size_t begin = 0; begin < events.size();) {
    std::size_t end = begin + 1;
    while (end < events.size() && events[end].producer == events[begin].producer) ++end;
    if (events[begin].sequence) visit(events[begin].producer, events.subspan(begin, end - begin));
    begin = end;
  }
}

}  // namespace

void JournalBook::Add(const BookedEntry& entry) {
  Stream& stream = streams_.try_emplace(std::string(entry.stream)).first->second;
  ++stream.entries;
  stream.events += entry.events.size();
  stream.bytes += entry.bytes;
  bytes_ += entry.bytes;
  if (stream.slices.empty() ||
      entry.accepted_at.microseconds - stream.slices.back().accepted_at.microseconds >=
          kSliceMicroseconds) {
    stream.slices.push_back({entry.position, entry.accepted_at, 0});
  }
  ++stream.slices.back().entries;
  ForEachRun(entry.events, [&](std::string_view producer, std::span<const Event> run) {
    stream.producers.try_emplace(std::string(producer)).first->second.events += run.size();
  });
}

void JournalBook::NoteAccepted(const JudgeRules& rules, const BookedEntry& entry,
                               const States& begin) {
  const auto found = streams_.find(entry.stream);
  if (found == streams_.end()) return;
  ForEachRun(entry.events, [&](std::string_view name, std::span<const Event> run) {
    const auto producer = found->second.producers.find(name);
    if (producer == found->second.producers.end()) return;
    ProducerState& accepted = producer->second.accepted;
    if (!accepted.known) {
      const auto known = begin.find(name);
      if (known != begin.end()) accepted = known->second;
    }
    for (const Event& event : run) {
      JudgeSequenced(rules, {event.epoch, *event.sequence, event.after}, &accepted);
    }
  });
}

void JournalBook::Settle(const BookedEntry& entry) { Remove(entry, false); }
void JournalBook::Withdraw(const BookedEntry& entry) { Remove(entry, true); }

void JournalBook::Remove(const BookedEntry& entry, bool withdrawn) {
  const auto found = streams_.find(entry.stream);
  CHECK(found != streams_.end());
  Stream& stream = found->second;
  CHECK(stream.entries > 0 && stream.events >= entry.events.size() && stream.bytes >= entry.bytes);
  --stream.entries;
  stream.events -= entry.events.size();
  stream.bytes -= entry.bytes;
  bytes_ -= entry.bytes;
  auto slice = std::upper_bound(
      stream.slices.begin(), stream.slices.end(), entry.position,
      [](std::uint64_t position, const Slice& other) { return position < other.first_position; });
  CHECK(slice != stream.slices.begin());
  --slice;
  CHECK(slice->entries > 0);
  --slice->entries;
  while (!stream.slices.empty() && stream.slices.front().entries == 0) stream.slices.pop_front();
  ForEachRun(entry.events, [&](std::string_view name, std::span<const Event> run) {
    const auto producer = stream.producers.find(name);
    CHECK(producer != stream.producers.end() && producer->second.events >= run.size());
    producer->second.events -= run.size();
    if (withdrawn) producer->second.accepted = {};
    if (producer->second.events == 0) stream.producers.erase(producer);
  });
}

const JournalBook::Stream* JournalBook::Find(std::string_view stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

bool JournalBook::HasEntries(std::string_view stream) const {
  const Stream* found = Find(stream);
  return found != nullptr && found->entries > 0;
}

std::optional<WallTime> JournalBook::Oldest(std::string_view stream) const {
  const Stream* found = Find(stream);
  if (found == nullptr || found->slices.empty()) return std::nullopt;
  return found->slices.front().accepted_at;
}

bool JournalBook::IsPending(std::string_view stream, std::string_view producer) const {
  const Stream* found = Find(stream);
  return found != nullptr && found->producers.contains(producer);
}

bool JournalBook::IsPrefixPending(std::string_view stream, std::string_view producer_prefix) const {
  const Stream* found = Find(stream);
  if (found == nullptr) return false;
  const auto first = found->producers.lower_bound(producer_prefix);
  return first != found->producers.end() && first->first.starts_with(producer_prefix);
}

const ProducerState* JournalBook::Accepted(std::string_view stream,
                                           std::string_view producer) const {
  const Stream* found = Find(stream);
  if (found == nullptr) return nullptr;
  const auto entry = found->producers.find(producer);
  if (entry == found->producers.end() || !entry->second.accepted.known) return nullptr;
  return &entry->second.accepted;
}

std::vector<JournalFigures> JournalBook::Figures() const {
  std::vector<JournalFigures> figures;
  for (const auto& [name, stream] : streams_) {
    figures.push_back({name, stream.events, stream.bytes, Oldest(name)});
  }
  return figures;
}

Window UniteWindows(const Window& settled, const Window& accepted) {
  std::vector<SequenceRange> ranges = settled.ranges;
  for (SequenceRange range : accepted.ranges) {
    if (range.last <= settled.floor) continue;
    if (range.first <= settled.floor) range.first = settled.floor + 1;
    ranges.push_back(range);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const SequenceRange& a, const SequenceRange& b) { return a.first < b.first; });
  Window united;
  united.floor = settled.floor;
  for (const SequenceRange& range : ranges) {
    const bool touches = !united.ranges.empty() && range.first - 1 <= united.ranges.back().last;
    if (touches) {
      united.ranges.back().last = std::max(united.ranges.back().last, range.last);
    } else {
      united.ranges.push_back(range);
    }
  }
  return united;
}

}  // namespace oncegate
