// The dead letters of all streams: keep, read, delete, list. See SinkSession.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

bool CanKeep(const Connection& connection, const DeadLetter& letter);
MysqlResult<std::uint64_t> WriteDeadLetters(Connection& connection,
                                            std::span<const DeadLetter> letters);
MysqlResult<std::vector<DeadLetter>> LockDeadLetters(Connection& connection,
                                                     std::span<const std::string> ids);
MysqlResult<std::uint64_t> DeleteDeadLetters(Connection& connection,
                                             std::span<const std::string> ids);
MysqlResult<std::uint64_t> ForgetDeadLetters(Connection& connection,
                                             const DeadLetterOwners& owners);
MysqlResult<std::vector<DeadLetter>> ListDeadLetters(Connection& connection,
                                                     const DeadLetterQuery& query);
MysqlResult<std::uint64_t> CountDeadLetters(Connection& connection, std::string_view stream);

}  // namespace oncegate::mysql
