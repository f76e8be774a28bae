#include "sinks/sqlite/session.h"

#include <utility>

#include "sinks/sqlite/catalogue.h"
#include "sinks/sqlite/guard_rows.h"

namespace oncegate::sqlite {

SinkResult<std::shared_ptr<SessionSlot>> OpenSessions::Open(const ConnectionSettings& settings) {
  const std::lock_guard lock(mutex_);
  CloseReplaced(settings);
  SinkResult<std::unique_ptr<Database>> database = Database::Open(settings);
  if (!database) return database.error();
  auto slot = std::make_shared<SessionSlot>();
  slot->database = std::move(*database);
  slots_.push_back(slot);
  return slot;
}

void OpenSessions::CloseReplaced(const ConnectionSettings& settings) {
  std::erase_if(slots_, [](const auto& slot) { return slot.expired(); });
  const auto for_each_replaced = [&](auto act) {
    for (const auto& weak : slots_) {
      const std::shared_ptr<SessionSlot> slot = weak.lock();
      if (slot == nullptr) continue;
      const std::lock_guard lock(slot->mutex);
      if (slot->database == nullptr) continue;
      if (slot->database->connection().files() != FilesAt(settings.path)) act(*slot);
    }
  };
  // An open transaction of one would keep another from emptying the log.
  for_each_replaced([](SessionSlot& slot) { slot.database->connection().Rollback(); });
  for_each_replaced([](SessionSlot& slot) { slot.database.reset(); });
}

SinkStatus SessionSlot::CheckReady(Needs needs) const {
  if (database == nullptr) {
    return SinkError{SinkErrorClass::kConnection, "the SQLite database was replaced", ""};
  }
  const Connection& connection = database->connection();
  if (!connection.IsUsable()) {
    return connection.Refuse(SinkErrorClass::kConnection, "this session is over; connect again");
  }
  if (needs == Needs::kTransaction && !connection.InTransaction()) {
    return connection.Refuse(SinkErrorClass::kRestart, "the transaction was rolled back");
  }
  return {};
}

SqliteSession::~SqliteSession() {
  const std::lock_guard lock(slot_->mutex);
  slot_->database.reset();
}

SinkResult<std::vector<StreamRecord>> SqliteSession::ListStreams() {
  return Use(Needs::kNothing, [](Database& database) -> SinkResult<std::vector<StreamRecord>> {
    if (SinkStatus checked = database.connection().CheckFiles(); !checked) return checked.error();
    return sqlite::ListStreams(database.connection());
  });
}

SinkStatus SqliteSession::EnsureStream(const StreamTarget& target) {
  return Use(Needs::kNothing, [&](Database& database) {
    return sqlite::EnsureStream(database.connection(), target);
  });
}

SinkStatus SqliteSession::AddColumns(const StreamTarget& target,
                                     std::span<const NewColumn> columns) {
  return Use(Needs::kNothing,
             [&](Database& database) { return database.columns().AddColumns(target, columns); });
}

SinkStatus SqliteSession::Begin() {
  return Use(Needs::kNothing, [](Database& database) {
    database.columns().OnBegin();
    return database.connection().Begin();
  });
}

SinkStatus SqliteSession::ReadLedger(std::span<const LedgerRequest> requests,
                                     std::vector<LedgerRow>* rows) {
  return Use(Needs::kTransaction,
             [&](Database& database) { return database.ledger().Read(requests, rows); });
}

SinkStatus SqliteSession::WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                      std::vector<std::uint32_t>* lost) {
  return Use(Needs::kTransaction,
             [&](Database& database) { return database.ledger().Write(writes, now, lost); });
}

SinkStatus SqliteSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                   WallTime now, std::vector<IdOutcome>* outcomes) {
  return Use(Needs::kTransaction, [&](Database& database) {
    return database.ids().Claim(stream, claims, now, outcomes);
  });
}

SinkStatus SqliteSession::UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                     WallTime now, RowsOutcome* outcome) {
  return Use(Needs::kTransaction, [&](Database& database) -> SinkStatus {
    switch (target.kind) {
      case TargetKind::kDocument:
        return database.documents().Upsert(target, rows, now, outcome);
      case TargetKind::kAppend:
        return database.appends().Append(target, rows, now, outcome);
      case TargetKind::kColumns:
        return database.columns().Upsert(target, rows, now, outcome);
    }
    return {};
  });
}

SinkResult<std::uint64_t> SqliteSession::WriteDeadLetters(std::span<const DeadLetter> letters) {
  return Use(Needs::kTransaction,
             [&](Database& database) { return database.dead_letters().Write(letters); });
}

SinkResult<std::vector<DeadLetter>> SqliteSession::LockDeadLetters(
    std::span<const std::string> ids) {
  return Use(Needs::kTransaction,
             [&](Database& database) { return database.dead_letters().Read(ids); });
}

SinkResult<std::uint64_t> SqliteSession::DeleteDeadLetters(std::span<const std::string> ids) {
  return Use(Needs::kTransaction,
             [&](Database& database) { return database.dead_letters().Delete(ids); });
}

SinkResult<std::uint64_t> SqliteSession::ForgetDeadLetters(const DeadLetterOwners& owners) {
  return Use(Needs::kTransaction,
             [&](Database& database) { return database.dead_letters().Forget(owners); });
}

CommitOutcome SqliteSession::Commit() {
  const std::lock_guard lock(slot_->mutex);
  // Closing the connection rolled the transaction back.
  if (slot_->database == nullptr) return CommitOutcome::kAborted;
  return slot_->database->connection().Commit();
}

void SqliteSession::Rollback() {
  const std::lock_guard lock(slot_->mutex);
  if (slot_->database != nullptr) slot_->database->connection().Rollback();
}

bool SqliteSession::IsUsable() const {
  const std::lock_guard lock(slot_->mutex);
  return slot_->database != nullptr && slot_->database->connection().IsUsable();
}

SinkResult<std::vector<ListedProducer>> SqliteSession::ListProducers(const LedgerQuery& query) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<std::vector<ListedProducer>> {
    if (SinkStatus checked = database.connection().CheckFiles(); !checked) return checked.error();
    return database.ledger().List(query);
  });
}

SinkResult<std::uint64_t> SqliteSession::CountProducers(std::string_view stream) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<std::uint64_t> {
    if (SinkStatus checked = database.connection().CheckFiles(); !checked) return checked.error();
    return database.ledger().Count(stream);
  });
}

SinkResult<std::uint64_t> SqliteSession::CountIds(std::string_view stream) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<std::uint64_t> {
    if (SinkStatus checked = database.connection().CheckFiles(); !checked) return checked.error();
    return database.ids().Count(stream);
  });
}

SinkResult<IdSweepResult> SqliteSession::SweepIds(const IdSweep& sweep) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<IdSweepResult> {
    IdSweepResult result;
    SinkStatus done = InTransaction(database.connection(), [&]() -> SinkStatus {
      SinkResult<IdSweepResult> swept = database.ids().Sweep(sweep);
      if (!swept) return swept.error();
      result = std::move(*swept);
      return {};
    });
    if (!done) return done.error();
    return result;
  });
}

SinkResult<std::vector<DeadLetter>> SqliteSession::ListDeadLetters(const DeadLetterQuery& query) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<std::vector<DeadLetter>> {
    if (SinkStatus checked = database.connection().CheckFiles(); !checked) return checked.error();
    return database.dead_letters().List(query);
  });
}

SinkResult<std::uint64_t> SqliteSession::CountDeadLetters(std::string_view stream) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<std::uint64_t> {
    if (SinkStatus checked = database.connection().CheckFiles(); !checked) return checked.error();
    return database.dead_letters().Count(stream);
  });
}

SinkResult<std::string> SqliteSession::SweepGuards(const GuardSweep& sweep) {
  return Use(Needs::kNothing, [&](Database& database) -> SinkResult<std::string> {
    return sqlite::SweepGuards(database.connection(), sweep);
  });
}

SinkStatus SqliteSession::Ping() {
  return Use(Needs::kNothing, [](Database& database) -> SinkStatus {
    if (SinkStatus begun = database.connection().Begin(); !begun) return begun;
    database.connection().Rollback();
    return {};
  });
}

}  // namespace oncegate::sqlite
