// The ids of id streams: claimed by insert-or-ignore in byte order, confirmed by a read, swept by
// their commit time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class Ids {
 public:
  /// `schema` is the one that holds oncegate_ids.
  explicit Ids(const std::string& schema);

  /// Within the open transaction; see SinkSession::ClaimIds.
  PgStatus Claim(Connection& connection, std::string_view stream, std::span<const IdClaim> claims,
                 WallTime now, std::vector<IdOutcome>* outcomes) const;
  /// A transaction of its own. Looks at a bounded number of ids, however few of them are old.
  PgResult<IdSweepResult> Sweep(Connection& connection, const IdSweep& sweep) const;
  PgResult<std::uint64_t> Count(Connection& connection, std::string_view stream) const;

 private:
  /// Both take the places of claims that are still to be settled, and leave those that are not.
  PgStatus ReadStored(Connection& connection, std::string_view stream,
                      std::span<const IdClaim> claims, std::vector<std::uint32_t>* places,
                      std::vector<IdOutcome>* outcomes) const;
  PgStatus InsertFresh(Connection& connection, std::string_view stream,
                       std::span<const IdClaim> claims, WallTime now,
                       std::vector<std::uint32_t>* places, std::vector<IdOutcome>* outcomes) const;

  Statement read_;
  Statement insert_;
  Statement find_slice_;
  Statement list_slice_;
  Statement delete_slice_;
  Statement count_;
};

}  // namespace oncegate::postgres
