#include "sinks/postgres/locked_rows.h"

#include <algorithm>

namespace oncegate::postgres {

void LockedRows::Add(std::span<const LedgerRequest> requests, std::span<const LedgerRow> rows) {
  const bool was_empty = rows_.empty();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!requests[i].lock || !rows[i].found) continue;
    const LedgerKey& key = requests[i].key;
    if (!was_empty) std::erase_if(rows_, [&](const Row& row) { return row.Key() == key; });
    rows_.push_back({std::string(key.stream), std::string(key.producer), rows[i].token});
  }
  if (!was_empty) {
    std::sort(rows_.begin(), rows_.end(),
              [](const Row& a, const Row& b) { return a.Key() < b.Key(); });
  }
}

bool LockedRows::Replace(std::span<const LedgerWrite> writes) {
  std::vector<Row*> replaced;
  auto row = rows_.begin();
  for (const LedgerWrite& write : writes) {
    while (row != rows_.end() && row->Key() < write.key) ++row;
    const bool holds = row != rows_.end() && row->Key() == write.key && write.expected &&
                       row->token == *write.expected;
    if (!holds) return false;
    replaced.push_back(&*row);
  }
  for (std::size_t i = 0; i < writes.size(); ++i) replaced[i]->token = writes[i].token;
  return true;
}

}  // namespace oncegate::postgres
