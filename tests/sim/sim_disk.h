// SimDisk: what of a store outlives its process. Writes are applied in order; a machine that goes
// down keeps those that were synced and a prefix of the others.
//
// The first write that is lost may leave a piece of itself. A store cuts such an end off when it is
// opened (dedupe/store/log_scan.h); here the piece is only remembered, so that opening can tell.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "tests/sim/seeded_random.h"

namespace oncegate::sim {

template <typename State>
class SimDisk {
 public:
  using Write = std::function<void(State*)>;

  /// As a new process finds it.
  const State& state() const { return state_; }
  void Append(Write write) {
    write(&state_);
    unsynced_.push_back(std::move(write));
  }
  void Sync() {
    for (const Write& write : unsynced_) write(&synced_);
    unsynced_.clear();
  }
  /// Keeps a random prefix of what was not synced; true if something was dropped.
  bool LoseTail(SeededRandom* random) {
    const std::size_t kept = random->Below(unsynced_.size() + 1);
    const bool lost = kept < unsynced_.size();
    for (std::size_t i = 0; i < kept; ++i) unsynced_[i](&synced_);
    unsynced_.clear();
    state_ = synced_;
    torn_ = lost && random->Chance(400);
    return lost;
  }
  /// True if there was a torn end, which is cut off by that.
  bool CutTornEnd() { return std::exchange(torn_, false); }
  void LoseAll() {
    unsynced_.clear();
    state_ = synced_ = State{};
  }
  void KeepCopy() { copy_ = state_; }
  void PutCopyBack() {
    unsynced_.clear();
    state_ = synced_ = copy_;
  }

 private:
  State state_;
  State synced_;
  State copy_;
  std::deque<Write> unsynced_;
  bool torn_ = false;
};

}  // namespace oncegate::sim
