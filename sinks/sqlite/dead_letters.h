// The dead letters of all streams: keep, read, delete, list.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"
#include "sinks/sqlite/statement.h"

namespace oncegate::sqlite {

class DeadLetters {
 public:
  explicit DeadLetters(Connection& connection) : connection_(connection) {}

  /// Prepares the statements. Fails where the table does not have its columns.
  SinkStatus Prepare();

  // Within the open transaction, which holds the write lock; see SinkSession.
  SinkResult<std::uint64_t> Write(std::span<const DeadLetter> letters);
  SinkResult<std::vector<DeadLetter>> Read(std::span<const std::string> ids);
  SinkResult<std::uint64_t> Delete(std::span<const std::string> ids);
  SinkResult<std::uint64_t> Forget(const DeadLetterOwners& owners);

  SinkResult<std::vector<DeadLetter>> List(const DeadLetterQuery& query);
  SinkResult<std::uint64_t> Count(std::string_view stream);

 private:
  SinkResult<bool> WriteOne(const DeadLetter& letter);
  SinkResult<std::vector<std::string>> FindOwned(const DeadLetterOwners& owners);

  Connection& connection_;
  Statement insert_;
  Statement read_;
  Statement remove_;
  Statement scan_owners_;
  Statement list_;
  Statement count_;
};

}  // namespace oncegate::sqlite
