// RedisSession: the Sink interface on one connection. Begin to the calls before Commit read and
// collect; Commit sends one script (see transaction.h).
//
// Whoever asks to lock the marks of producers takes a turn for each: a key that expires by itself.
// While it is there, others do not commit these marks. It is no lock that anything rests on, since
// tokens decide; it lets a group get through that lost a race, instead of losing the next one too.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sinks/redis/connection.h"
#include "sinks/redis/names.h"
#include "sinks/redis/server_check.h"
#include "sinks/redis/settings.h"
#include "sinks/redis/transaction.h"
#include "sinks/sink.h"

namespace oncegate::redis {

class RedisSession final : public SinkSession {
 public:
  RedisSession(std::unique_ptr<Connection> connection, const RedisSettings& settings,
               ServerFacts facts);

  SinkResult<std::vector<StreamRecord>> ListStreams() override;
  SinkStatus EnsureStream(const StreamTarget& target) override;
  SinkStatus Begin() override;
  SinkStatus ReadLedger(std::span<const LedgerRequest> requests,
                        std::vector<LedgerRow>* rows) override;
  SinkStatus WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                         std::vector<std::uint32_t>* lost) override;
  SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                      std::vector<IdOutcome>* outcomes) override;
  SinkStatus UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                        WallTime now, RowsOutcome* outcome) override;
  bool CanKeep(const DeadLetter& letter) const override;
  SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters) override;
  SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids) override;
  SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids) override;
  SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners) override;
  CommitOutcome Commit() override;
  void Rollback() override;
  bool IsUsable() const override { return connection_->IsUsable(); }
  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override;
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override;
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override;
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override;
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override;
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override;
  SinkStatus Ping() override;

 private:
  SinkStatus TakeTurns(std::span<const LedgerRequest> requests);
  void ReleaseTurns();
  /// The mark as the transaction leaves it.
  static LedgerRow RowOf(const PendingField& mark);

  const std::unique_ptr<Connection> connection_;
  const RedisSettings settings_;
  const ServerFacts facts_;
  const Names names_;
  const std::string owner_;
  std::optional<Transaction> transaction_;
  std::set<std::string> turns_;
  /// Why the last script did not commit; the next transaction fails with it.
  std::optional<RedisError> failed_commit_;
};

}  // namespace oncegate::redis
