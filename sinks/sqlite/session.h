// SqliteSession, and the sessions of one sink seen together.
//
// No two files may be open behind one path: SQLite keys the log and the shared memory by name, so a
// connection on the replaced file and one on the new file would work in the same log. Sessions of
// the old file are therefore closed, whoever owns them, before the new one is opened.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/database.h"

namespace oncegate::sqlite {

/// The database of one session, which the sink may take away. Null after that.
struct SessionSlot {
  enum class Needs { kNothing, kTransaction };

  /// Runs call(database) with the slot held; fails where the session is over.
  template <typename Call>
  auto Use(Needs needs, Call call) -> decltype(call(std::declval<Database&>())) {
    const std::lock_guard lock(mutex);
    if (SinkStatus ready = CheckReady(needs); !ready) return ready.error();
    return call(*database);
  }
  /// With the mutex held.
  SinkStatus CheckReady(Needs needs) const;

  mutable std::mutex mutex;  // Held during every call of the session.
  std::unique_ptr<Database> database;
};

class OpenSessions {
 public:
  /// Closes the sessions whose files are not those at the path now, then opens a further one.
  SinkResult<std::shared_ptr<SessionSlot>> Open(const ConnectionSettings& settings);

 private:
  void CloseReplaced(const ConnectionSettings& settings);

  std::mutex mutex_;
  std::vector<std::weak_ptr<SessionSlot>> slots_;
};

/// A sink that keeps its rows elsewhere and its ledger in SQLite derives from it.
class SqliteSession : public SinkSession {
 public:
  explicit SqliteSession(std::shared_ptr<SessionSlot> slot) : slot_(std::move(slot)) {}
  ~SqliteSession() override;

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
  bool IsUsable() const override;
  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override;
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override;
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override;
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override;
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override;
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override;
  SinkResult<std::string> SweepGuards(const GuardSweep& sweep) override;
  SinkStatus Ping() override;

 protected:
  using Needs = SessionSlot::Needs;
  template <typename Call>
  auto Use(Needs needs, Call call) -> decltype(call(std::declval<Database&>())) {
    return slot_->Use(needs, std::move(call));
  }

 private:
  const std::shared_ptr<SessionSlot> slot_;
};

}  // namespace oncegate::sqlite
