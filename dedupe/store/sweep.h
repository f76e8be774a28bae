// Sweeper: removes old records in bounded slices. Keys are in the order of producers and ids, not
// of time, so a sweep walks its whole family, a slice per call, and begins again at the end. The
// position is stored in the same write as the removals, and thus survives a restart.
//
// Space: while the fingerprints on disk exceed their budget, what was written in the older half of
// the retention is removed, too; beyond twice the budget the older three quarters, and so on. If a
// whole pass does not get below the budget, the retention is halved once more, until a pass ends
// below half the budget.
//
// LevelDB keeps removed records until a compaction meets them. A stretch in which 32 MiB, and at
// least a quarter, were removed is compacted at once, in the call that fills it.
//
// Thread-safe; slices run one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "dedupe/store/guarded_database.h"
#include "dedupe/store/index.h"
#include "dedupe/store/value_codec.h"

namespace oncegate::store {

class Sweeper {
 public:
  /// `fingerprint_bytes_max`: the budget of the fingerprints on disk.
  Sweeper(GuardedDatabase* database, std::uint64_t fingerprint_bytes_max)
      : database_(database), fingerprint_bytes_max_(fingerprint_bytes_max) {}

  /// `now`: the time of the latest write, for the share of the retention that space allows.
  Result<SweepResult> SweepFingerprints(WallTime cutoff, WallTime now, std::uint64_t examined_max);
  Result<SweepResult> SweepIds(std::string_view stream, WallTime cutoff,
                               std::uint64_t examined_max);

 private:
  struct Slice;
  /// The keys that were passed since the last compaction.
  struct Stretch {
    std::string begin;  // Empty: the swept prefix.
    std::uint64_t examined_bytes = 0;
    std::uint64_t removed_bytes = 0;
  };

  Status Begin(std::string prefix, Slice* slice);
  Status Run(std::uint64_t examined_max, Slice* slice);
  Status Walk(std::uint64_t examined_max, Slice* slice);
  Status CompactIfWorthwhile(const Slice& slice);
  Status CompactStretch(const Slice& slice);
  Status AdaptHalvings(Slice* slice);
  Result<std::uint64_t> FingerprintBytesOnDisk();

  GuardedDatabase* const database_;
  const std::uint64_t fingerprint_bytes_max_;
  std::mutex mutex_;                          // Held throughout a slice.
  std::map<std::string, Stretch> stretches_;  // By swept prefix.
};

/// The cutoff that keeps the newest 1/2^halvings of what lies between `cutoff` and `now`.
WallTime CutoffAfterHalvings(WallTime cutoff, WallTime now, unsigned halvings);

}  // namespace oncegate::store
