// The catalogue of streams: which table belongs to which stream, and how it was written.
#pragma once

#include <string>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

/// `schema` is the ledger's, in which unqualified tables stand.
SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection,
                                                  const std::string& schema);

/// See SinkSession::EnsureStream. Safe between any number of instances.
SinkStatus EnsureStream(Connection& connection, const std::string& schema,
                        const StreamTarget& target);

}  // namespace oncegate::postgres
