#include "tests/sim/ledger_history.h"

namespace oncegate::sim {

std::vector<const ProducerState*> LedgerHistory::Since(const std::string& row, Moment since) const {
  std::vector<const ProducerState*> states;
  const auto found = rows_.find(row);
  if (found == rows_.end()) return {&unknown_};
  const std::vector<Entry>& entries = found->second;
  std::size_t first = entries.size();
  while (first > 0 && entries[first - 1].moment > since) --first;
  if (first == 0) {
    states.push_back(&unknown_);
  } else {
    --first;
  }
  for (; first < entries.size(); ++first) states.push_back(&entries[first].state);
  return states;
}

}  // namespace oncegate::sim
