// JournalStore: accepted events on disk, in the order in which they were accepted, until the sink
// has them. What is here was promised to producers: losing it loses events.
//
// Thread-safe. Calls may block on the disk. After a failed write the store is poisoned: every call
// fails until Reopen succeeded, and what the failed write held may be there or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/identity.h"
#include "dedupe/types/result.h"

namespace oncegate {

/// What one request had accepted: its frozen events (see event_codec.h).
struct JournalEntry {
  std::uint64_t position = 0;  // Orders the entries of a stream.
  WallTime accepted_at;
  std::string events;
};

/// One atomic write.
struct JournalWrite {
  struct Append {
    std::string_view stream;
    std::uint64_t position = 0;
    WallTime accepted_at;
    std::string_view events;
  };
  struct Removal {
    std::string stream;
    std::uint64_t position = 0;
  };
  std::vector<Append> appends;
  std::vector<Removal> removals;
  /// On disk, and not only handed to the system, when Write returns. An entry that is there again
  /// after a power failure is forwarded again, so removals can do without.
  bool synced = true;
};

class JournalStore {
 public:
  virtual ~JournalStore() = default;

  /// Larger than every position handed out before, by earlier processes too.
  virtual std::uint64_t NextPosition() = 0;
  virtual Status Write(const JournalWrite& write) = 0;
  /// Entries of the stream from `first` to `last`, both included, in order; at least one if there
  /// is any, and no more once their events exceed `bytes_max`.
  virtual Result<std::vector<JournalEntry>> Read(std::string_view stream, std::uint64_t first,
                                                 std::uint64_t last, std::size_t bytes_max) = 0;
  /// Those that have entries, in byte order.
  virtual Result<std::vector<std::string>> ListStreams() = 0;

  virtual bool IsPoisoned() const = 0;
  /// Closes and opens again; the only way out of the poisoned state.
  virtual Status Reopen() = 0;
};

}  // namespace oncegate
