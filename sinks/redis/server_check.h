// What the server's own settings mean for the guarantee.
#pragma once

#include <cstddef>

#include "sinks/redis/connection.h"
#include "sinks/redis/settings.h"
#include "sinks/sink.h"

namespace oncegate::redis {

struct ServerFacts {
  /// A longer argument ends the connection.
  std::size_t argument_bytes_max = 512 * std::size_t{1024 * 1024};
};

/// Fails for a replica (kConnection: a failover may be under way), and with kRefused for a server
/// that may evict marks, does not keep the keys of a script together, or does not have or tell the
/// durability that is required.
SinkResult<ServerFacts> CheckServer(Connection& connection, const RedisSettings& settings);

}  // namespace oncegate::redis
