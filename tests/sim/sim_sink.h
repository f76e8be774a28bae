// SimSink: the Sink interface over a simulated Database and a simulated wire to it. Every call can
// stop at its begin, within, and before its reply arrives; the wire can break at each of these.
//
// Models of a real server: lock waits with a timeout and a deadlock detector, idle transactions
// that are ended when somebody waits for them, COMMITs whose answer is lost (landed, aborted, or
// still to end), broken connections whose transaction goes on holding its locks for a while, rows
// that are refused until somebody mends the table, tables that vanish with a restore. The row guard
// is stated once more here, from its description in dedupe/judge/fold.h. What it does not model:
// SQL, bisecting, statement limits; the tests of the real sinks do.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sinks/sink.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

/// On whose behalf a session writes; tells the oracle which marks may vanish.
enum class Purpose : std::uint8_t { kIngest, kForget, kSeal, kExpire, kBump, kReplay };

class SimSession : public SinkSession {
 public:
  explicit SimSession(World* world);
  ~SimSession() override;

  void SetPurpose(Purpose purpose) { purpose_ = purpose; }
  /// What some other program does to the tables: locks rows in an order of its own.
  SinkStatus LockRows(std::span<const std::string> names);

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
  SinkStatus Ping() override;

 private:
  /// The call reaches the server.
  SinkStatus Enter(std::string_view call);
  /// Its reply reaches the client.
  SinkStatus Leave(std::string_view call);
  SinkStatus Fail(SinkErrorClass error_class, const char* message);
  SinkStatus Lock(const std::string& name);
  SinkStatus WriteOne(const LedgerWrite& write, WallTime now, bool* lost);
  SinkStatus ClaimOne(std::string_view stream, const IdClaim& claim, WallTime now,
                      IdOutcome* outcome);
  SinkStatus UpsertOne(const StreamTarget& target, std::uint32_t row, const Event& event,
                       RowsOutcome* outcome);
  void CountEffect(const Event& event);
  void ForgiveForgotten(const LedgerWrite& write);
  void LoseConnection();
  /// The transaction goes on without its connection and ends later.
  void Orphan(Milliseconds delay, bool lands);
  std::vector<DeadLetter> LettersOf(const DeadLetterQuery& query) const;
  std::uint64_t CountCells(char kind, std::string_view stream) const;

  World* const world_;
  Purpose purpose_ = Purpose::kIngest;
  std::uint64_t generation_;
  bool broken_ = false;
  bool committing_ = false;
  /// A write that took no effect is told so late.
  bool lost_race_ = false;
  std::optional<DeadLetter> replayed_;  // The letter that was locked last.
  std::shared_ptr<Transaction> transaction_;
};

class SimSink : public Sink {
 public:
  explicit SimSink(World* world) : world_(world) {}
  SinkResult<std::unique_ptr<SinkSession>> Connect() override;
  std::uint32_t DefaultLanes() const override { return 2; }

 private:
  World* const world_;
};

}  // namespace oncegate::sim
