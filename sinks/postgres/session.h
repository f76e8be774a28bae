// PostgresSession: SinkSession on one connection.
#pragma once

#include <memory>
#include <string>

#include "sinks/postgres/append_writer.h"
#include "sinks/postgres/columns_writer.h"
#include "sinks/postgres/connection.h"
#include "sinks/postgres/dead_letters.h"
#include "sinks/postgres/ids.h"
#include "sinks/postgres/ledger.h"
#include "sinks/postgres/row_isolation.h"
#include "sinks/postgres/row_writer.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

class PostgresSession : public SinkSession {
 public:
  /// `schema` is the ledger's, whose tables are there.
  PostgresSession(std::unique_ptr<Connection> connection, const std::string& schema);

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
  SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters) override;
  SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids) override;
  SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids) override;
  SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners) override;
  CommitOutcome Commit() override;
  void Rollback() override;
  bool IsUsable() const override { return is_usable_; }

  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override;
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override;
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override;
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override;
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override;
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override;
  SinkResult<std::string> SweepGuards(const GuardSweep& sweep) override;
  SinkStatus Ping() override;

 private:
  /// After an error that may be about the connection or its server the session is given up, so that
  /// the next one is made anew (and may find another server).
  SinkError Fail(SinkError error);
  template <typename T>
  SinkResult<T> Finish(PgResult<T> result);
  CommitOutcome SendCommit();
  SinkStatus WriteRows(const StreamTarget& target, std::span<const Event* const> rows, WallTime now,
                       RowsOutcome* outcome);

  std::unique_ptr<Connection> connection_;
  std::string schema_;
  Ledger ledger_;
  Ids ids_;
  DeadLetters dead_letters_;
  RowIsolation isolation_;
  RowWriter rows_;
  AppendWriter appends_;
  ColumnsWriter columns_;
  bool is_usable_ = true;
};

}  // namespace oncegate::postgres
