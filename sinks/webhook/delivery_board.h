// DeliveryBoard: who delivers which frozen entries at present. A session owns what it froze until
// all of it is delivered; what it leaves behind, and what an earlier process left, is an orphan and
// belongs to the redelivery thread. No entry is ever sent by two at a time, and no session begins
// while there are orphans.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

namespace oncegate::webhook {

/// Entries by their numbers, both ends included.
struct EntryRange {
  std::int64_t first = 0;
  std::int64_t last = -1;
  bool IsEmpty() const { return last < first; }
};

class DeliveryBoard {
 public:
  /// Of an outbox that was opened: numbers go on behind what is in it.
  void StartAt(std::int64_t next_number);
  /// There are entries that nobody owns.
  void NoteOrphans();
  /// The number of the next entry. Numbers grow in the order of the transactions that freeze, since
  /// the caller holds the outbox's write lock.
  std::int64_t NextNumber();

  // ---- Sessions ----

  void Own(EntryRange range);
  /// All of the range is delivered or dead-lettered, or was never committed.
  void Finish(EntryRange range);
  /// What is left of the range is an orphan from now on.
  void Abandon(EntryRange range);
  /// True once there are no orphans; false at the deadline, or as soon as `is_hopeless` says so.
  bool AwaitNoOrphans(std::chrono::steady_clock::time_point deadline,
                      const std::function<bool()>& is_hopeless);
  /// Nothing is frozen but what its own session is about to deliver, and that is nothing.
  bool IsEmpty() const;

  // ---- The redelivery thread ----

  /// Blocks until there may be orphans; empty: stop.
  std::optional<std::uint64_t> AwaitOrphans();
  /// The range that owns an entry; empty: an orphan.
  std::optional<EntryRange> OwnerOf(std::int64_t number) const;
  /// No orphans were left when AwaitOrphans had answered `generation`.
  void NoteNoOrphans(std::uint64_t generation);
  /// Lets whoever waits look again.
  void Wake();
  void Stop();

  // ---- What became a dead letter since an answer was promised ----

  void NoteDeadLetter(const std::string& message_id, const std::string& detail);
  std::optional<std::string> TakeDeadLetter(const std::string& message_id);
  /// They were delivered after all, as dead letters that are replayed are.
  void ForgetDeadLetters(std::span<const std::string> message_ids);
  bool HasDeadLetters() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  std::int64_t next_number_ = 1;
  std::map<std::int64_t, std::int64_t> owned_;  // First to last number.
  std::uint64_t abandoned_ = 1;                 // Generation of orphans; what is there at start is
                                                // the first.
  std::uint64_t drained_ = 0;                   // Up to here there are none left.
  bool is_stopped_ = false;
  std::unordered_map<std::string, std::string> dead_letters_;
};

}  // namespace oncegate::webhook
