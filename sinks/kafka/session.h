// KafkaSession: SinkSession with one transactional producer.
#pragma once

#include <memory>

#include "sinks/kafka/transaction.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

class KafkaSession final : public SinkSession {
 public:
  KafkaSession(const KafkaSettings& settings, std::shared_ptr<Ownership> ownership,
               std::unique_ptr<Producer> producer);

  SinkResult<std::vector<StreamRecord>> ListStreams() override;
  SinkStatus EnsureStream(const StreamTarget& target) override;

  SinkStatus Begin() override { return transaction_.Begin(); }
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
  CommitOutcome Commit() override { return transaction_.Commit(); }
  void Rollback() override { transaction_.Rollback(); }
  bool IsUsable() const override { return transaction_.IsUsable(); }

  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override;
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override;
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override;
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override;
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override;
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override;
  SinkStatus Ping() override;

 private:
  SinkResult<std::uint64_t> Count(const std::string& prefix);

  const KafkaSettings settings_;
  Transaction transaction_;
};

}  // namespace oncegate::kafka
