// Rows of a table of our own, one per key, through the row guard: those that are there are locked
// and looked at, the others inserted. Where calls have brought nothing but new rows, these are
// inserted without a look, until one of them is there after all.
//
// Nothing is decided by ON DUPLICATE KEY UPDATE, which takes a second unique key for the row's own
// and writes over another row.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

struct GuardedStatements {
  /// key and what the row guard looks at, of rows that are there, which are locked in byte order:
  /// key, producer, epoch, seq, version.
  BlockStatement lock;
  BlockStatement insert;
  /// Of rows that are there and locked: whatever other unique keys the table has, the primary one
  /// is met first, so that no other row is touched.
  BlockStatement replace;
  /// key, and what `read_stored` takes.
  BlockStatement read;
};

struct GuardedTable {
  const GuardedStatements& statements;
  /// The first parameter of `lock` and `read`, where they have one besides the keys.
  std::optional<std::string_view> stream;
  /// The parameters of a row of `insert` and `replace`, and about what they take.
  std::function<void(const Event& event, Parameters* parameters)> add_row;
  std::function<std::size_t(const Event& event)> bytes_of;
  std::function<StoredRow(const QueryRows& rows, std::size_t row)> read_stored;
  int* calls_of_new_rows;  // The last calls, in none of which a row was there; kept by the caller.
};

/// See SinkSession::UpsertRows.
MysqlStatus UpsertGuarded(Connection& connection, const GuardedTable& table, DedupeMode mode,
                          std::span<const Event* const> rows, RowsOutcome* outcome);

}  // namespace oncegate::mysql
