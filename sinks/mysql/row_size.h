// Rows that no statement can carry.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

/// The places of all rows but those that are larger than the server takes (max_allowed_packet),
/// which go to `bad`: it would close the connection on each of them.
std::vector<std::uint32_t> LeaveOutTooLarge(const Connection& connection,
                                            std::span<const Event* const> rows,
                                            std::vector<BadRow>* bad);

}  // namespace oncegate::mysql
