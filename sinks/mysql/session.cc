#include "sinks/mysql/session.h"

#include <utility>

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/dead_letters.h"
#include "sinks/mysql/guard_rows.h"
#include "sinks/mysql/ids.h"
#include "sinks/mysql/ledger.h"

namespace oncegate::mysql {
namespace {

/// A change of a row that few other sessions change.
const Statement kTouch{"touch",
                       "INSERT INTO oncegate_schema (name, value) VALUES "
                       "(CONCAT('touch:', CONNECTION_ID() % 64), UUID()) "
                       "ON DUPLICATE KEY UPDATE value = VALUES(value)",
                       ""};

}  // namespace

MysqlSession::MysqlSession(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)),
      rows_(connection_.get()),
      appends_(connection_.get()),
      columns_(connection_.get()) {}

SinkError MysqlSession::Fail(SinkError error) {
  has_failed_ = true;
  if (error.error_class == SinkErrorClass::kConnection) is_usable_ = false;
  return error;
}

template <typename T>
SinkResult<T> MysqlSession::Finish(MysqlResult<T> result) {
  if (!result) return Fail(ToLedgerError(result.error()));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

template <typename T>
SinkResult<T> MysqlSession::FinishAlone(SinkResult<T> result, const char* end) {
  if (!result) {
    Fail(result.error());
    Rollback();
    return result;
  }
  const MysqlStatus ended = connection_->Execute(end);
  if (!ended) {
    SinkError error = Fail(ToLedgerError(ended.error()));
    Rollback();
    return error;
  }
  return result;
}

SinkResult<std::vector<StreamRecord>> MysqlSession::ListStreams() {
  return FinishAlone(mysql::ListStreams(*connection_));
}

SinkStatus MysqlSession::EnsureStream(const StreamTarget& target) {
  return FinishAlone(mysql::EnsureStream(*connection_, target));
}

SinkStatus MysqlSession::AddColumns(const StreamTarget& target,
                                    std::span<const NewColumn> columns) {
  return FinishAlone(columns_.AddColumns(target, columns));
}

SinkStatus MysqlSession::Begin() {
  columns_.OnBegin();
  has_failed_ = false;
  has_written_ = false;
  if (is_usable_ && connection_->IsAlive()) return {};
  return Fail({SinkErrorClass::kConnection, "the connection to the server was lost", ""});
}

SinkStatus MysqlSession::ReadLedger(std::span<const LedgerRequest> requests,
                                    std::vector<LedgerRow>* rows) {
  return Finish(mysql::ReadLedger(*connection_, requests, rows));
}

SinkStatus MysqlSession::WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                     std::vector<std::uint32_t>* lost) {
  has_written_ = has_written_ || !writes.empty();
  std::vector<std::uint32_t> unwanted;
  std::vector<std::uint32_t>* const losses = lost == nullptr ? &unwanted : lost;
  SinkStatus written = Finish(mysql::WriteLedger(*connection_, writes, now, losses));
  if (written && lost == nullptr && !unwanted.empty()) {
    return Fail(ToSinkError(Restart("a ledger row was changed meanwhile")));
  }
  return written;
}

SinkStatus MysqlSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                  WallTime now, std::vector<IdOutcome>* outcomes) {
  has_written_ = has_written_ || !claims.empty();
  return Finish(mysql::ClaimIds(*connection_, stream, claims, now, outcomes));
}

SinkStatus MysqlSession::WriteRows(const StreamTarget& target, std::span<const Event* const> rows,
                                   WallTime now, RowsOutcome* outcome) {
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

SinkStatus MysqlSession::UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                    WallTime now, RowsOutcome* outcome) {
  has_written_ = has_written_ || !rows.empty();
  const SinkStatus written = WriteRows(target, rows, now, outcome);
  if (!written) return Fail(written.error());
  return {};
}

bool MysqlSession::CanKeep(const DeadLetter& letter) const {
  return mysql::CanKeep(*connection_, letter);
}

SinkResult<std::uint64_t> MysqlSession::WriteDeadLetters(std::span<const DeadLetter> letters) {
  has_written_ = has_written_ || !letters.empty();
  return Finish(mysql::WriteDeadLetters(*connection_, letters));
}

SinkResult<std::vector<DeadLetter>> MysqlSession::LockDeadLetters(
    std::span<const std::string> ids) {
  return Finish(mysql::LockDeadLetters(*connection_, ids));
}

SinkResult<std::uint64_t> MysqlSession::DeleteDeadLetters(std::span<const std::string> ids) {
  has_written_ = has_written_ || !ids.empty();
  return Finish(mysql::DeleteDeadLetters(*connection_, ids));
}

SinkResult<std::uint64_t> MysqlSession::ForgetDeadLetters(const DeadLetterOwners& owners) {
  const bool is_empty = owners.producers.empty() && owners.event_ids.empty();
  has_written_ = has_written_ || !is_empty;
  return Finish(mysql::ForgetDeadLetters(*connection_, owners));
}

SinkStatus MysqlSession::FlushWhatWasRead() {
  if (connection_->HasChanged()) return {};
  const auto touched = Finish(connection_->Execute(kTouch, Parameters()));
  if (!touched) return touched.error();
  return {};
}

CommitOutcome MysqlSession::SendCommit() {
  // What the server closed by now can not have seen a COMMIT.
  if (!is_usable_ || has_failed_ || !connection_->IsAlive()) return CommitOutcome::kAborted;
  // The server has rolled back by itself.
  if (has_written_ && !connection_->InTransaction()) return CommitOutcome::kAborted;
  if (const SinkStatus flushed = FlushWhatWasRead(); !flushed) return CommitOutcome::kAborted;
  const MysqlStatus committed = connection_->Execute("COMMIT");
  if (committed) return CommitOutcome::kCommitted;
  // A conflict that shows at COMMIT only (certification in a cluster); anything else may have come
  // after it took effect.
  return ClassOf(committed.error()) == SinkErrorClass::kRestart &&
                 committed.error().sqlstate.starts_with("40")
             ? CommitOutcome::kAborted
             : CommitOutcome::kInDoubt;
}

CommitOutcome MysqlSession::Commit() {
  const CommitOutcome outcome = SendCommit();
  switch (outcome) {
    case CommitOutcome::kCommitted:
      break;
    case CommitOutcome::kAborted:
      if (!connection_->IsAlive()) is_usable_ = false;
      if (is_usable_) Rollback();
      break;
    case CommitOutcome::kInDoubt:
      is_usable_ = false;
      break;
  }
  return outcome;
}

void MysqlSession::Rollback() {
  if (!connection_->IsAlive()) is_usable_ = false;
  // Also where the session is given up: it may live on for a while, and would hold its locks.
  if (!connection_->Execute("ROLLBACK")) is_usable_ = false;
}

SinkResult<std::vector<ListedProducer>> MysqlSession::ListProducers(const LedgerQuery& query) {
  return FinishAlone(Finish(mysql::ListProducers(*connection_, query)));
}

SinkResult<std::uint64_t> MysqlSession::CountProducers(std::string_view stream) {
  return FinishAlone(Finish(mysql::CountProducers(*connection_, stream)));
}

SinkResult<std::uint64_t> MysqlSession::CountIds(std::string_view stream) {
  return FinishAlone(Finish(mysql::CountIds(*connection_, stream)));
}

SinkResult<IdSweepResult> MysqlSession::SweepIds(const IdSweep& sweep) {
  return FinishAlone(Finish(mysql::SweepIds(*connection_, sweep)), "COMMIT");
}

SinkResult<std::vector<DeadLetter>> MysqlSession::ListDeadLetters(const DeadLetterQuery& query) {
  return FinishAlone(Finish(mysql::ListDeadLetters(*connection_, query)));
}

SinkResult<std::uint64_t> MysqlSession::CountDeadLetters(std::string_view stream) {
  return FinishAlone(Finish(mysql::CountDeadLetters(*connection_, stream)));
}

SinkResult<std::string> MysqlSession::SweepGuards(const GuardSweep& sweep) {
  std::string next;
  const SinkStatus swept =
      FinishAlone(Finish(mysql::SweepGuards(*connection_, sweep, &next)), "COMMIT");
  if (!swept) return swept.error();
  return next;
}

SinkStatus MysqlSession::Ping() {
  // A server that only reads refuses an UPDATE also where it changes nothing.
  return FinishAlone(Finish(connection_->Execute(
      "UPDATE oncegate_schema SET value = value WHERE name = 'schema_version'")));
}

}  // namespace oncegate::mysql
