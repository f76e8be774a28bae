// The ids of id streams: their bytes, reading and sweeping them. Claimed by the commit alone.
//
//     claim = fingerprint (16 bytes) committed_at (8 bytes, microseconds)
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sinks/redis/connection.h"
#include "sinks/redis/names.h"
#include "sinks/sink.h"

namespace oncegate::redis {

std::string EncodeClaim(Fingerprint fingerprint, WallTime committed_at);
/// Anything of another length is no fingerprint: the payload can not be compared.
IdOutcome DecodeClaim(std::string_view bytes);

/// The claims as bytes, parallel to `fields`; empty: not there.
SinkResult<std::vector<std::optional<std::string>>> ReadClaims(Connection& connection,
                                                               const Names& names,
                                                               std::span<const std::string> fields);
SinkResult<IdSweepResult> Sweep(Connection& connection, const Names& names, const IdSweep& sweep);

}  // namespace oncegate::redis
