#include "tests/unit/server/ingest/faulty_sink.h"

#include <utility>
#include <vector>

namespace oncegate::testing {
namespace {

bool Take(std::atomic<int>* count) {
  int left = count->load();
  while (left > 0) {
    if (count->compare_exchange_weak(left, left - 1)) return true;
  }
  return false;
}

SinkError Away() { return {SinkErrorClass::kConnection, "the sink is away", ""}; }

class FaultySession : public SinkSession {
 public:
  FaultySession(std::unique_ptr<SinkSession> behind, SinkFaults* faults)
      : behind_(std::move(behind)), faults_(faults) {}

  SinkResult<std::vector<StreamRecord>> ListStreams() override {
    if (Fails()) return Away();
    return behind_->ListStreams();
  }
  SinkStatus EnsureStream(const StreamTarget& target) override {
    if (Fails()) return Away();
    return behind_->EnsureStream(target);
  }
  SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns) override {
    if (Fails()) return Away();
    return behind_->AddColumns(target, columns);
  }
  SinkStatus Begin() override {
    if (Fails()) return Away();
    return behind_->Begin();
  }
  SinkStatus ReadLedger(std::span<const LedgerRequest> requests,
                        std::vector<LedgerRow>* rows) override {
    if (Fails()) return Away();
    SinkStatus status = behind_->ReadLedger(requests, rows);
    if (const auto action = faults_->TakeAfterLedgerRead()) action();
    return status;
  }
  SinkStatus WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                         std::vector<std::uint32_t>* lost) override {
    if (Fails()) return Away();
    return behind_->WriteLedger(writes, now, lost);
  }
  SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                      std::vector<IdOutcome>* outcomes) override {
    if (Fails()) return Away();
    return behind_->ClaimIds(stream, claims, now, outcomes);
  }
  SinkStatus UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                        WallTime now, RowsOutcome* outcome) override {
    if (Fails()) return Away();
    return behind_->UpsertRows(target, rows, now, outcome);
  }
  bool CanKeep(const DeadLetter& letter) const override {
    return letter.value.size() <= faults_->letter_value_bytes_max;
  }
  SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters) override {
    if (Fails()) return Away();
    for (const DeadLetter& letter : letters) {
      if (!CanKeep(letter)) return SinkError{SinkErrorClass::kStream, "too large a letter", ""};
    }
    return behind_->WriteDeadLetters(letters);
  }
  SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids) override {
    if (Fails()) return Away();
    return behind_->LockDeadLetters(ids);
  }
  SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids) override {
    if (Fails()) return Away();
    return behind_->DeleteDeadLetters(ids);
  }
  SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners) override {
    if (Fails()) return Away();
    return behind_->ForgetDeadLetters(owners);
  }
  CommitOutcome Commit() override {
    if (const auto action = faults_->TakeBeforeCommit()) action();
    if (Take(&faults_->commits_lost_after)) {
      behind_->Commit();
      usable_ = false;
      return CommitOutcome::kInDoubt;
    }
    if (Take(&faults_->commits_lost_before)) {
      behind_->Rollback();
      usable_ = false;
      return CommitOutcome::kInDoubt;
    }
    if (Take(&faults_->commits_aborted)) {
      behind_->Rollback();
      return CommitOutcome::kAborted;
    }
    return behind_->Commit();
  }
  void Rollback() override { behind_->Rollback(); }
  bool IsUsable() const override { return usable_ && behind_->IsUsable(); }
  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override {
    if (Fails()) return Away();
    return behind_->ListProducers(query);
  }
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override {
    if (Fails()) return Away();
    return behind_->CountProducers(stream);
  }
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override {
    if (Fails()) return Away();
    return behind_->CountIds(stream);
  }
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override {
    if (Fails()) return Away();
    return behind_->SweepIds(sweep);
  }
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override {
    if (Fails()) return Away();
    return behind_->ListDeadLetters(query);
  }
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override {
    if (Fails()) return Away();
    return behind_->CountDeadLetters(stream);
  }
  SinkStatus Ping() override {
    if (Fails()) return Away();
    return behind_->Ping();
  }

 private:
  bool Fails() {
    if (faults_->away) usable_ = false;
    return !usable_;
  }

  const std::unique_ptr<SinkSession> behind_;
  SinkFaults* const faults_;
  bool usable_ = true;
};

class FaultySink : public Sink {
 public:
  FaultySink(std::unique_ptr<Sink> behind, SinkFaults* faults)
      : behind_(std::move(behind)), faults_(faults) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    if (faults_->away) return Away();
    SinkResult<std::unique_ptr<SinkSession>> session = behind_->Connect();
    if (!session) return session.error();
    return std::unique_ptr<SinkSession>(
        std::make_unique<FaultySession>(std::move(*session), faults_));
  }
  std::uint32_t DefaultLanes() const override { return behind_->DefaultLanes(); }

 private:
  const std::unique_ptr<Sink> behind_;
  SinkFaults* const faults_;
};

}  // namespace

void SinkFaults::BeforeNextCommit(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  before_commit_ = std::move(action);
}

std::function<void()> SinkFaults::TakeBeforeCommit() {
  std::lock_guard lock(mutex_);
  return std::exchange(before_commit_, nullptr);
}

void SinkFaults::AfterNextLedgerRead(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  after_ledger_read_ = std::move(action);
}

std::function<void()> SinkFaults::TakeAfterLedgerRead() {
  std::lock_guard lock(mutex_);
  return std::exchange(after_ledger_read_, nullptr);
}

std::unique_ptr<Sink> MakeFaultySink(std::unique_ptr<Sink> behind, SinkFaults* faults) {
  return std::make_unique<FaultySink>(std::move(behind), faults);
}

}  // namespace oncegate::testing
