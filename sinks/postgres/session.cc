#include "sinks/postgres/session.h"

#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/guard_rows.h"
#include "sinks/postgres/transaction.h"

namespace oncegate::postgres {

PostgresSession::PostgresSession(std::unique_ptr<Connection> connection, const std::string& schema)
    : connection_(std::move(connection)),
      schema_(schema),
      ledger_(schema),
      ids_(schema),
      dead_letters_(schema),
      isolation_(connection_.get()),
      rows_(connection_.get(), &isolation_, schema),
      appends_(connection_.get(), &isolation_, schema),
      columns_(connection_.get(), &isolation_, schema) {}

SinkError PostgresSession::Fail(SinkError error) {
  if (error.error_class == SinkErrorClass::kConnection) is_usable_ = false;
  return error;
}

template <typename T>
SinkResult<T> PostgresSession::Finish(PgResult<T> result) {
  if (!result) return Fail(ToLedgerError(result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

SinkResult<std::vector<StreamRecord>> PostgresSession::ListStreams() {
  auto streams = postgres::ListStreams(*connection_, schema_);
  if (!streams) return Fail(streams.error());
  return streams;
}

SinkStatus PostgresSession::EnsureStream(const StreamTarget& target) {
  const SinkStatus ensured = postgres::EnsureStream(*connection_, schema_, target);
  if (!ensured) return Fail(ensured.error());
  return {};
}

SinkStatus PostgresSession::AddColumns(const StreamTarget& target,
                                       std::span<const NewColumn> columns) {
  const SinkStatus added = columns_.AddColumns(target, columns);
  if (!added) return Fail(added.error());
  return {};
}

SinkStatus PostgresSession::Begin() {
  isolation_.OnBegin();
  columns_.OnBegin();
  if (!connection_->IsAlive()) {
    return Fail({SinkErrorClass::kConnection, "the connection to the server was lost", ""});
  }
  for (const char* const command : kBegin) connection_->Defer(command);
  return {};
}

SinkStatus PostgresSession::ReadLedger(std::span<const LedgerRequest> requests,
                                       std::vector<LedgerRow>* rows) {
  return Finish(ledger_.Read(*connection_, requests, rows));
}

SinkStatus PostgresSession::WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                        std::vector<std::uint32_t>* lost) {
  if (lost == nullptr) {
    ledger_.DeferWrite(*connection_, writes, now);
    return {};
  }
  return Finish(ledger_.Write(*connection_, writes, now, lost));
}

SinkStatus PostgresSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                     WallTime now, std::vector<IdOutcome>* outcomes) {
  return Finish(ids_.Claim(*connection_, stream, claims, now, outcomes));
}

SinkStatus PostgresSession::WriteRows(const StreamTarget& target,
                                      std::span<const Event* const> rows, WallTime now,
                                      RowsOutcome* outcome) {
  switch (target.kind) {
    case TargetKind::kDocument:
      return rows_.Upsert(target, rows, now, outcome);
    case TargetKind::kAppend:
      return appends_.Append(target, rows, now, outcome);
    case TargetKind::kColumns:
      return columns_.Upsert(target, rows, now, outcome);
  }
  return {};
}

SinkStatus PostgresSession::UpsertRows(const StreamTarget& target,
                                       std::span<const Event* const> rows, WallTime now,
                                       RowsOutcome* outcome) {
  const SinkStatus written = WriteRows(target, rows, now, outcome);
  if (!written) return Fail(written.error());
  return {};
}

SinkResult<std::uint64_t> PostgresSession::WriteDeadLetters(std::span<const DeadLetter> letters) {
  return Finish(dead_letters_.Write(*connection_, letters));
}

SinkResult<std::vector<DeadLetter>> PostgresSession::LockDeadLetters(
    std::span<const std::string> ids) {
  return Finish(dead_letters_.Lock(*connection_, ids));
}

SinkResult<std::uint64_t> PostgresSession::DeleteDeadLetters(std::span<const std::string> ids) {
  return Finish(dead_letters_.Delete(*connection_, ids));
}

SinkResult<std::uint64_t> PostgresSession::ForgetDeadLetters(const DeadLetterOwners& owners) {
  return Finish(dead_letters_.Forget(*connection_, owners));
}

CommitOutcome PostgresSession::SendCommit() {
  // What the server closed by now can not have seen a COMMIT.
  if (!is_usable_ || !connection_->IsAlive()) return CommitOutcome::kAborted;
  // Nothing is committed before all that was sent is answered.
  if (!connection_->SendDeferred()) return CommitOutcome::kAborted;
  switch (connection_->transaction_state()) {
    case TransactionState::kOpen:
    case TransactionState::kFailed:
      break;
    case TransactionState::kNone:
    case TransactionState::kUnknown:
      return CommitOutcome::kAborted;
  }
  const std::uint64_t warnings = connection_->warnings();
  const auto committed = connection_->Execute("COMMIT");
  if (!committed) {
    return committed.error().connection_lost ? CommitOutcome::kInDoubt : CommitOutcome::kAborted;
  }
  // The COMMIT of a failed transaction succeeds and says ROLLBACK.
  if (committed->CommandTag() != "COMMIT") return CommitOutcome::kAborted;
  // It also succeeds, with a warning, when a standby did not confirm it in time.
  if (connection_->warnings() != warnings) return CommitOutcome::kInDoubt;
  return CommitOutcome::kCommitted;
}

CommitOutcome PostgresSession::Commit() {
  const CommitOutcome outcome = SendCommit();
  switch (outcome) {
    case CommitOutcome::kCommitted:
      break;
    case CommitOutcome::kAborted:
      if (!connection_->IsAlive()) is_usable_ = false;
      break;
    case CommitOutcome::kInDoubt:
      is_usable_ = false;
      break;
  }
  return outcome;
}

void PostgresSession::Rollback() {
  connection_->DropDeferred();
  if (!is_usable_) return;
  if (connection_->transaction_state() == TransactionState::kNone) return;
  const auto rolled_back = connection_->Execute("ROLLBACK");
  is_usable_ = rolled_back && connection_->transaction_state() == TransactionState::kNone;
}

SinkResult<std::vector<ListedProducer>> PostgresSession::ListProducers(const LedgerQuery& query) {
  return Finish(ledger_.List(*connection_, query));
}

SinkResult<std::uint64_t> PostgresSession::CountProducers(std::string_view stream) {
  return Finish(ledger_.Count(*connection_, stream));
}

SinkResult<std::uint64_t> PostgresSession::CountIds(std::string_view stream) {
  return Finish(ids_.Count(*connection_, stream));
}

SinkResult<IdSweepResult> PostgresSession::SweepIds(const IdSweep& sweep) {
  return Finish(ids_.Sweep(*connection_, sweep));
}

SinkResult<std::vector<DeadLetter>> PostgresSession::ListDeadLetters(const DeadLetterQuery& query) {
  return Finish(dead_letters_.List(*connection_, query));
}

SinkResult<std::uint64_t> PostgresSession::CountDeadLetters(std::string_view stream) {
  return Finish(dead_letters_.Count(*connection_, stream));
}

SinkResult<std::string> PostgresSession::SweepGuards(const GuardSweep& sweep) {
  std::string next;
  const SinkStatus swept = Finish(GuardRows(schema_).Sweep(*connection_, sweep, &next));
  if (!swept) return swept.error();
  return next;
}

SinkStatus PostgresSession::Ping() {
  // A row lock is a write: a standby and a read-only server refuse it, a full disk shows.
  const auto locked =
      connection_->Execute("SELECT 1 FROM " + QuoteIdentifier(schema_) +
                           ".oncegate_schema WHERE name = 'schema_version' FOR KEY SHARE");
  if (!locked) return Fail(ToLedgerError(locked.error()));
  return {};
}

}  // namespace oncegate::postgres
