// LedgerHistory: every committed state of every ledger row, in order. An answer that speaks of a
// producer's state is true if that state was the committed one at some moment between the sending
// of the request and its answer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dedupe/types/producer_state.h"

namespace oncegate::sim {

class LedgerHistory {
 public:
  using Moment = std::uint64_t;

  Moment now() const { return now_; }
  void Add(const std::string& row, ProducerState state) {
    rows_[row].push_back({++now_, std::move(state)});
  }

  /// The states of `row` that were committed at some moment from `since` on; the first may be older
  /// than that, and unknown if nothing was.
  std::vector<const ProducerState*> Since(const std::string& row, Moment since) const;

 private:
  struct Entry {
    Moment moment;
    ProducerState state;
  };
  const ProducerState unknown_{};
  Moment now_ = 0;
  std::map<std::string, std::vector<Entry>> rows_;
};

}  // namespace oncegate::sim
