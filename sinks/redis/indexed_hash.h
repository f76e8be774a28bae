// Reading a hash whose fields a sorted set keeps in byte order: the ledger and the ids.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/redis/connection.h"

namespace oncegate::redis {

/// The values of the fields, parallel to them; empty: not there.
RedisResult<std::vector<std::optional<std::string>>> ReadFields(
    Connection& connection, const std::string& hash, std::span<const std::string> fields);

struct FieldRange {
  std::string prefix;  // Empty: all.
  std::string after;   // Empty: from the start.
  std::uint32_t limit = 0;
};

/// The fields in the range, in byte order. One that has no value is what a script left that died.
RedisResult<std::vector<std::string>> ListFields(Connection& connection, const std::string& hash,
                                                 const FieldRange& range);

RedisResult<std::uint64_t> CountFields(Connection& connection, const std::string& hash,
                                       const std::string& prefix);

}  // namespace oncegate::redis
