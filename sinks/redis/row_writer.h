// Judging rows by their guards, and taking those that are written into the transaction.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sinks/redis/connection.h"
#include "sinks/redis/settings.h"
#include "sinks/redis/transaction.h"
#include "sinks/sink.h"

namespace oncegate::redis {

class RowWriter {
 public:
  RowWriter(Connection& connection, const RedisSettings& settings, std::size_t value_bytes_max,
            Transaction& transaction)
      : connection_(connection),
        settings_(settings),
        value_bytes_max_(value_bytes_max),
        transaction_(transaction) {}

  /// See SinkSession::UpsertRows.
  SinkStatus Upsert(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                    RowsOutcome* outcome);

 private:
  /// Reads the guards of the rows that the transaction does not know yet.
  SinkStatus Probe(const StreamTarget& target, std::span<const Event* const> rows,
                   PendingTable* table, std::vector<BadRow>* bad);
  SinkStatus TakeGuard(std::string_view probed, const std::string& key, PendingTable* table) const;
  std::vector<std::string> ContentOf(const Event& event, WallTime now) const;
  /// What the rows of outcome->stored hold. Bad is one whose key somebody else took.
  SinkStatus ReadStored(const StreamTarget& target, std::span<const Event* const> rows,
                        const PendingTable& table, RowsOutcome* outcome);

  Connection& connection_;
  const RedisSettings& settings_;
  const std::size_t value_bytes_max_;
  Transaction& transaction_;
};

}  // namespace oncegate::redis
