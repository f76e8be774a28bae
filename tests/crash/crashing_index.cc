#include "tests/crash/crashing_index.h"

#include <utility>

namespace oncegate::crash {
namespace {

class CrashingIndex final : public Index {
 public:
  CrashingIndex(std::unique_ptr<Index> behind, CrashPoints* points)
      : behind_(std::move(behind)), points_(points) {}

  Result<std::optional<IndexedProducer>> ReadProducer(const ProducerKey& key) override {
    return Through(points_, Step::kIndexReadProducer, [&] { return behind_->ReadProducer(key); });
  }
  Status ReadFingerprints(const FingerprintScope& scope, std::span<const std::int64_t> sequences,
                          std::span<std::optional<Fingerprint>> found) override {
    return Through(points_, Step::kIndexReadFingerprints,
                   [&] { return behind_->ReadFingerprints(scope, sequences, found); });
  }
  Result<std::vector<std::optional<IndexedId>>> ReadIds(
      std::string_view stream, std::span<const std::string_view> ids) override {
    return Through(points_, Step::kIndexReadIds, [&] { return behind_->ReadIds(stream, ids); });
  }
  Status Write(const IndexUpdate& update) override {
    return Through(points_, Step::kIndexWrite, [&] { return behind_->Write(update); });
  }
  Status EraseProducer(const ProducerKey& key) override {
    return Through(points_, Step::kIndexEraseProducer, [&] { return behind_->EraseProducer(key); });
  }
  Status EraseIds(std::string_view stream, std::span<const std::string_view> ids) override {
    return Through(points_, Step::kIndexEraseIds, [&] { return behind_->EraseIds(stream, ids); });
  }
  Result<SweepResult> SweepFingerprints(WallTime cutoff, std::uint64_t examined_max) override {
    return Through(points_, Step::kIndexSweepFingerprints,
                   [&] { return behind_->SweepFingerprints(cutoff, examined_max); });
  }
  Result<SweepResult> SweepIds(std::string_view stream, WallTime cutoff,
                               std::uint64_t examined_max) override {
    return behind_->SweepIds(stream, cutoff, examined_max);
  }
  Result<std::string> ReadCursor(std::string_view name) override {
    return Through(points_, Step::kIndexReadCursor, [&] { return behind_->ReadCursor(name); });
  }
  Status WriteCursor(std::string_view name, std::string_view position) override {
    return Through(points_, Step::kIndexWriteCursor,
                   [&] { return behind_->WriteCursor(name, position); });
  }
  Status AppendAudit(const AuditRecord& record) override {
    return Through(points_, Step::kIndexAppendAudit, [&] { return behind_->AppendAudit(record); });
  }
  Result<std::vector<AuditRecord>> ReadAudit(std::size_t limit) override {
    return behind_->ReadAudit(limit);
  }
  bool IsPoisoned() const override { return behind_->IsPoisoned(); }
  Status Reopen() override { return behind_->Reopen(); }
  std::uint64_t ApproximateBytes() const override { return behind_->ApproximateBytes(); }

 private:
  const std::unique_ptr<Index> behind_;
  CrashPoints* const points_;
};

}  // namespace

std::unique_ptr<Index> MakeCrashingIndex(std::unique_ptr<Index> behind, CrashPoints* points) {
  return std::make_unique<CrashingIndex>(std::move(behind), points);
}

}  // namespace oncegate::crash
