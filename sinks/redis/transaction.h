// Transaction: what a group read and wants to write, until one script compares and writes all of
// it.
//
// Redis locks nothing, so everything that a verdict rests on is kept here as it was read, and the
// committing script (scripts.cc) compares it again before it writes: marks of producers, also of
// those that are only read, ids, and the guards of rows, also of those that are not written. What
// reads within the transaction find, they find here first.
//
// A script that was sent and not answered may still run, even after the group was run again on
// another connection. It is harmless: whichever of the two runs second finds a token, a claim or a
// stamp of the first where it expects what both read, and writes nothing. All three are fresh
// random bytes at every write or are never taken back, so what was read does not come back by
// chance.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sinks/redis/arguments.h"
#include "sinks/redis/names.h"
#include "sinks/redis/row_guard.h"
#include "sinks/redis/settings.h"
#include "sinks/sink.h"

namespace oncegate::redis {

/// A field as the committing script sees it.
struct PendingField {
  std::string expected;  // What its value begins with; empty: it is not there.
  std::string next;      // Empty: it stays as it is; kRemoved: it goes.
};
inline constexpr std::string_view kRemoved = "-";

struct PendingRow {
  std::string read_guard;         // As it was read; empty: the key is free.
  std::optional<RowGuard> guard;  // As the transaction leaves it; empty: no row was ever written.
  bool is_written = false;
  /// Of a row that is written: the value, for kHash names and values of the fields by turns.
  std::vector<std::string> content;
};

struct PendingTable {
  std::string stream;
  std::string entry;  // Of the catalogue.
  std::unordered_map<std::string, PendingRow> rows;
};

class Transaction {
 public:
  using Fields = std::map<std::string, PendingField>;

  Fields& marks() { return marks_; }
  Fields& ids() { return ids_; }
  Fields& letters() { return letters_; }
  std::map<std::string, PendingTable>& tables() { return tables_; }

  bool IsEmpty() const {
    return marks_.empty() && ids_.empty() && letters_.empty() && tables_.empty();
  }

  struct CommitCall {
    Arguments keys;
    Arguments arguments;
  };
  /// The call of the committing script. `owner` holds `turns`, which end with it.
  CommitCall MakeCommit(const RedisSettings& settings, std::string_view owner,
                        const std::set<std::string>& turns) const;

 private:
  Fields marks_;
  Fields ids_;
  Fields letters_;
  std::map<std::string, PendingTable> tables_;
};

}  // namespace oncegate::redis
