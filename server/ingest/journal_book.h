// JournalBook: what is pending in the journal, by stream and producer, as memory has it. Pending is
// what was accepted and is not settled in the sink yet.
//
// Costs memory by the producer and the second, not by the entry. A plain value, guarded by its
// owner.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/judge/judge.h"
#include "dedupe/types/event.h"
#include "dedupe/types/producer_state.h"

namespace oncegate {

struct JournalFigures {
  std::string stream;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;  // When the oldest entry was accepted, to the second.
};

/// One entry as the book sees it.
struct BookedEntry {
  std::string_view stream;
  std::uint64_t position = 0;
  WallTime accepted_at;
  std::uint64_t bytes = 0;
  std::span<const Event> events;
};

class JournalBook {
 public:
  /// States to begin with, by producer: what the index believes.
  using States = std::map<std::string, ProducerState, std::less<>>;

  /// Entries of a stream are added in order of position.
  void Add(const BookedEntry& entry);
  /// The entry is on disk: its sequences count as accepted.
  void NoteAccepted(const JudgeRules& rules, const BookedEntry& entry, const States& begin);
  /// The entry is settled and no longer pending.
  void Settle(const BookedEntry& entry);
  /// The entry did not get to the disk; what was accepted of its producers is told too low from
  /// here on, until nothing of them is pending.
  void Withdraw(const BookedEntry& entry);

  std::uint64_t bytes() const { return bytes_; }
  bool HasEntries(std::string_view stream) const;
  std::optional<WallTime> Oldest(std::string_view stream) const;
  bool IsPending(std::string_view stream, std::string_view producer) const;
  bool IsPrefixPending(std::string_view stream, std::string_view producer_prefix) const;
  /// What the producer's state becomes once everything pending of it is applied, as far as this
  /// instance can tell; null while nothing of it is pending, or if nothing is known.
  const ProducerState* Accepted(std::string_view stream, std::string_view producer) const;
  /// Of all streams that ever had an entry, in order of name.
  std::vector<JournalFigures> Figures() const;

 private:
  struct Producer {
    std::uint64_t events = 0;
    ProducerState accepted;
  };
  /// The entries that were accepted within one second.
  struct Slice {
    std::uint64_t first_position = 0;
    WallTime accepted_at;
    std::uint64_t entries = 0;
  };
  struct Stream {
    std::uint64_t entries = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::deque<Slice> slices;
    std::map<std::string, Producer, std::less<>> producers;
  };

  void Remove(const BookedEntry& entry, bool withdrawn);
  const Stream* Find(std::string_view stream) const;

  std::map<std::string, Stream, std::less<>> streams_;
  std::uint64_t bytes_ = 0;
};

/// `settled` with the ranges of `accepted` added; what lies below its floor stays as it is.
Window UniteWindows(const Window& settled, const Window& accepted);

}  // namespace oncegate
