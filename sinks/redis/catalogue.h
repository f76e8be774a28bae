// The catalogue: which streams this server holds, in which tables.
#pragma once

#include <string>
#include <vector>

#include "sinks/redis/connection.h"
#include "sinks/redis/names.h"
#include "sinks/redis/settings.h"
#include "sinks/sink.h"

namespace oncegate::redis {

/// What the catalogue says of a stream whose rows are written like this.
std::string EntryOf(const StreamTarget& target, RowFormat format);

SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection, const Names& names);

/// See SinkSession::EnsureStream.
SinkStatus EnsureStream(Connection& connection, const RedisSettings& settings,
                        const StreamTarget& target);

/// Enters or compares what all streams share: the layout of the keys and the key template. kRefused
/// where the server was written with others.
SinkStatus EnsureLayout(Connection& connection, const RedisSettings& settings);

}  // namespace oncegate::redis
