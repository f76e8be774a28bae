// MysqlSession: SinkSession on one connection.
#pragma once

#include <memory>

#include "sinks/mysql/append_writer.h"
#include "sinks/mysql/columns_writer.h"
#include "sinks/mysql/connection.h"
#include "sinks/mysql/row_writer.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

class MysqlSession : public SinkSession {
 public:
  /// The ledger's tables are there.
  explicit MysqlSession(std::unique_ptr<Connection> connection);

  SinkResult<std::vector<StreamRecord>> ListStreams() override;
  SinkStatus EnsureStream(const StreamTarget& target) override;
  SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns) override;

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
  /// Looked at while nothing is under way, too: MySQL ends idle sessions after wait_timeout, and
  /// then the next one is to be made before a group fails.
  bool IsUsable() const override { return is_usable_ && connection_->IsAlive(); }

  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override;
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override;
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override;
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override;
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override;
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override;
  SinkResult<std::string> SweepGuards(const GuardSweep& sweep) override;
  SinkStatus Ping() override;

 private:
  /// Nothing of the transaction is committed after an error: the server may have rolled it back
  /// already, and what came later would be committed alone. After an error that may be about the
  /// connection or its server the session is given up besides, so that the next one is made anew
  /// (and may find another server).
  SinkError Fail(SinkError error);
  template <typename T>
  SinkResult<T> Finish(MysqlResult<T> result);
  /// Of a call that is a transaction of its own.
  template <typename T>
  SinkResult<T> FinishAlone(SinkResult<T> result, const char* end = "ROLLBACK");
  /// InnoDB shows what others have committed before their COMMIT is on disk. A transaction that
  /// changes nothing would not wait for that, and what is answered by what it read could still be
  /// lost, so it changes a row of its own.
  SinkStatus FlushWhatWasRead();
  CommitOutcome SendCommit();
  SinkStatus WriteRows(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                       RowsOutcome* outcome);

  std::unique_ptr<Connection> connection_;
  RowWriter rows_;
  AppendWriter appends_;
  ColumnsWriter columns_;
  bool is_usable_ = true;
  bool has_failed_ = false;
  bool has_written_ = false;
};

}  // namespace oncegate::mysql
