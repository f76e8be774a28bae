#include "tests/crash/crashing_sink.h"

#include <utility>

namespace oncegate::crash {
namespace {

class CrashingSession final : public SinkSession {
 public:
  CrashingSession(std::unique_ptr<SinkSession> behind, CrashPoints* points)
      : behind_(std::move(behind)), points_(points) {}

  SinkResult<std::vector<StreamRecord>> ListStreams() override {
    return Through(points_, Step::kListStreams, [&] { return behind_->ListStreams(); });
  }
  SinkStatus EnsureStream(const StreamTarget& target) override {
    return Through(points_, Step::kEnsureStream, [&] { return behind_->EnsureStream(target); });
  }
  SinkStatus AddColumns(const StreamTarget& target, std::span<const NewColumn> columns) override {
    return Through(points_, Step::kAddColumns,
                   [&] { return behind_->AddColumns(target, columns); });
  }
  SinkStatus Begin() override {
    return Through(points_, Step::kBegin, [&] { return behind_->Begin(); });
  }
  SinkStatus ReadLedger(std::span<const LedgerRequest> requests,
                        std::vector<LedgerRow>* rows) override {
    return Through(points_, Step::kReadLedger, [&] { return behind_->ReadLedger(requests, rows); });
  }
  SinkStatus WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                         std::vector<std::uint32_t>* lost) override {
    return Through(points_, Step::kWriteLedger,
                   [&] { return behind_->WriteLedger(writes, now, lost); });
  }
  SinkStatus ClaimIds(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                      std::vector<IdOutcome>* outcomes) override {
    return Through(points_, Step::kClaimIds,
                   [&] { return behind_->ClaimIds(stream, claims, now, outcomes); });
  }
  SinkStatus UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                        WallTime now, RowsOutcome* outcome) override {
    return Through(points_, Step::kUpsertRows,
                   [&] { return behind_->UpsertRows(target, rows, now, outcome); });
  }
  bool CanKeep(const DeadLetter& letter) const override { return behind_->CanKeep(letter); }
  SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters) override {
    return Through(points_, Step::kWriteDeadLetters,
                   [&] { return behind_->WriteDeadLetters(letters); });
  }
  SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids) override {
    return Through(points_, Step::kLockDeadLetters, [&] { return behind_->LockDeadLetters(ids); });
  }
  SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids) override {
    return Through(points_, Step::kDeleteDeadLetters,
                   [&] { return behind_->DeleteDeadLetters(ids); });
  }
  SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners) override {
    return behind_->ForgetDeadLetters(owners);
  }
  CommitOutcome Commit() override {
    return Through(points_, Step::kCommit, [&] { return behind_->Commit(); });
  }
  void Rollback() override { behind_->Rollback(); }
  bool IsUsable() const override { return behind_->IsUsable(); }
  SinkResult<std::vector<ListedProducer>> ListProducers(const LedgerQuery& query) override {
    return Through(points_, Step::kListProducers, [&] { return behind_->ListProducers(query); });
  }
  SinkResult<std::uint64_t> CountProducers(std::string_view stream) override {
    return Through(points_, Step::kCountProducers, [&] { return behind_->CountProducers(stream); });
  }
  SinkResult<std::uint64_t> CountIds(std::string_view stream) override {
    return Through(points_, Step::kCountIds, [&] { return behind_->CountIds(stream); });
  }
  SinkResult<IdSweepResult> SweepIds(const IdSweep& sweep) override {
    return Through(points_, Step::kSweepIds, [&] { return behind_->SweepIds(sweep); });
  }
  SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query) override {
    return behind_->ListDeadLetters(query);
  }
  SinkResult<std::uint64_t> CountDeadLetters(std::string_view stream) override {
    return behind_->CountDeadLetters(stream);
  }
  SinkStatus Ping() override { return behind_->Ping(); }

 private:
  const std::unique_ptr<SinkSession> behind_;
  CrashPoints* const points_;
};

class CrashingSink final : public Sink {
 public:
  CrashingSink(std::unique_ptr<Sink> behind, CrashPoints* points)
      : behind_(std::move(behind)), points_(points) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    auto session = Through(points_, Step::kConnect, [&] { return behind_->Connect(); });
    if (!session) return session.error();
    return std::unique_ptr<SinkSession>(
        std::make_unique<CrashingSession>(std::move(*session), points_));
  }
  std::uint32_t DefaultLanes() const override { return behind_->DefaultLanes(); }

 private:
  const std::unique_ptr<Sink> behind_;
  CrashPoints* const points_;
};

}  // namespace

std::unique_ptr<Sink> MakeCrashingSink(std::unique_ptr<Sink> behind, CrashPoints* points) {
  return std::make_unique<CrashingSink>(std::move(behind), points);
}

}  // namespace oncegate::crash
