// The dead letters of all streams: keep, read, delete, list.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/postgres/connection.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class DeadLetters {
 public:
  /// `schema` is the one that holds oncegate_dead_letters.
  explicit DeadLetters(const std::string& schema);

  // Within the open transaction; see SinkSession.
  PgResult<std::uint64_t> Write(Connection& connection, std::span<const DeadLetter> letters) const;
  PgResult<std::vector<DeadLetter>> Lock(Connection& connection,
                                         std::span<const std::string> ids) const;
  PgResult<std::uint64_t> Delete(Connection& connection, std::span<const std::string> ids) const;
  PgResult<std::uint64_t> Forget(Connection& connection, const DeadLetterOwners& owners) const;

  PgResult<std::vector<DeadLetter>> List(Connection& connection,
                                         const DeadLetterQuery& query) const;
  PgResult<std::uint64_t> Count(Connection& connection, std::string_view stream) const;

 private:
  Statement insert_;
  Statement lock_;
  Statement delete_;
  Statement forget_;
  Statement list_;
  Statement count_;
};

}  // namespace oncegate::postgres
