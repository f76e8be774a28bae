// The marks of producers: their bytes, reading and listing them. Written by the commit alone.
//
//     mark = token (16 bytes) updated_at (8 bytes, microseconds) state
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/redis/connection.h"
#include "sinks/redis/names.h"
#include "sinks/sink.h"

namespace oncegate::redis {

std::string_view BytesOf(const Token& token);
std::string EncodeMark(const Token& token, WallTime updated_at, std::string_view state);
/// Empty where the bytes are no mark.
std::optional<LedgerRow> DecodeMark(std::string_view bytes);

/// Parallel to `fields`.
SinkResult<std::vector<LedgerRow>> ReadMarks(Connection& connection, const Names& names,
                                             std::span<const std::string> fields);
SinkResult<std::vector<ListedProducer>> ListMarks(Connection& connection, const Names& names,
                                                  const LedgerQuery& query);

}  // namespace oncegate::redis
