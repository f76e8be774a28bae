// The dead letters of all streams: what a transaction does to them, and listing them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sinks/redis/connection.h"
#include "sinks/redis/names.h"
#include "sinks/redis/transaction.h"
#include "sinks/sink.h"

namespace oncegate::redis {

class DeadLetters {
 public:
  DeadLetters(Connection& connection, const Names& names)
      : connection_(connection), names_(names) {}

  // See SinkSession; `pending` are the letters of the transaction.

  /// kStream for a letter that takes more than `letter_bytes_max`: the server would close the
  /// connection on the commit, every time.
  SinkResult<std::uint64_t> Write(std::span<const DeadLetter> letters, std::size_t letter_bytes_max,
                                  Transaction::Fields* pending);
  SinkResult<std::vector<DeadLetter>> Read(std::span<const std::string> ids,
                                           Transaction::Fields* pending);
  SinkResult<std::uint64_t> Delete(std::span<const std::string> ids, Transaction::Fields* pending);
  SinkResult<std::uint64_t> Forget(const DeadLetterOwners& owners, Transaction::Fields* pending);

  SinkResult<std::vector<DeadLetter>> List(const DeadLetterQuery& query);

 private:
  /// The values as they are stored, parallel to `ids`; takes note of those that the transaction did
  /// not know.
  SinkResult<std::vector<std::optional<std::string>>> Look(std::span<const std::string> ids,
                                                           Transaction::Fields* pending);
  SinkResult<DeadLetter> Decode(const std::string& id, const std::string& bytes) const;

  Connection& connection_;
  const Names& names_;
};

}  // namespace oncegate::redis
