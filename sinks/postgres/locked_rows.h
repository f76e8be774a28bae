// LockedRows: the ledger rows that a transaction holds locked, with the token of each. An update of
// such a row from that very token can not lose a race, so its answer need not be waited for before
// the next statement.
//
// One per session; used by its thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sinks/sink.h"

namespace oncegate::postgres {

class LockedRows {
 public:
  void Clear() { rows_.clear(); }
  /// Takes note of the rows that `requests` locked and found. Both as of SinkSession::ReadLedger.
  void Add(std::span<const LedgerRequest> requests, std::span<const LedgerRow> rows);
  /// True if every write updates a row that is locked, from the token that it holds; then the rows
  /// count as holding the new tokens. Else nothing changes.
  bool Replace(std::span<const LedgerWrite> writes);

 private:
  struct Row {
    std::string stream;
    std::string producer;
    Token token;
    LedgerKey Key() const { return {stream, producer}; }
  };
  std::vector<Row> rows_;  // Sorted by key.
};

}  // namespace oncegate::postgres
