// The ids of id streams: claim, count, sweep.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

class Ids {
 public:
  explicit Ids(Connection& connection) : connection_(connection) {}

  /// Prepares the statements. Fails where the table does not have its columns.
  SinkStatus Prepare();

  SinkStatus Claim(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                   std::vector<IdOutcome>* outcomes);
  SinkResult<std::uint64_t> Count(std::string_view stream);
  /// Within an open transaction. Looks at no more than `limit` ids.
  SinkResult<IdSweepResult> Sweep(const IdSweep& sweep);

 private:
  SinkResult<bool> Insert(std::string_view stream, const IdClaim& claim, WallTime now);
  /// False if the id is not there.
  SinkResult<bool> Read(std::string_view stream, std::string_view id, IdOutcome* outcome);
  SinkStatus ClaimOne(std::string_view stream, const IdClaim& claim, WallTime now,
                      IdOutcome* outcome);

  Connection& connection_;
  Statement insert_;
  Statement read_;
  Statement count_;
  Statement scan_;
  Statement remove_;
};

}  // namespace oncegate::sqlite
