// Dead letters, kept as records of the ledger. All within the open transaction, except List.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sinks/kafka/transaction.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

bool CanKeep(const DeadLetter& letter);
SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters,
                                           Transaction* transaction);
SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids,
                                                    Transaction* transaction);
SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids,
                                            Transaction* transaction);
SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners,
                                            Transaction* transaction);

SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query,
                                                    const LedgerView& view);
/// What the keys of a stream's letters begin with; of all if `stream` is empty.
std::string LetterPrefix(std::string_view stream);

std::string EncodeLetter(const DeadLetter& letter);
/// `id` is the record's key without its prefix.
std::optional<DeadLetter> DecodeLetter(std::string_view id, std::string_view bytes);

}  // namespace oncegate::kafka
