// SimIndex: the Index interface in memory, with LevelDB's behaviour in a crash: writes are not
// synced, so a crash keeps a prefix of those since the last sync and drops the rest. A failed write
// may or may not be there later, and poisons the index until it is reopened.
//
// What it does not model: damaged bytes (the store refuses them) and sizes. Audit records are not
// kept.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "dedupe/store/index.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

struct IndexState {
  struct Producer {
    Token token;
    ProducerState state;
    std::uint64_t generation = 0;
  };
  struct StoredFingerprint {
    Fingerprint fingerprint;
    WallTime written_at;
  };
  using Scope = std::tuple<std::string, std::uint64_t, std::int64_t>;  // Name, generation, epoch.

  std::map<std::string, Producer> producers;
  std::map<Scope, std::map<std::int64_t, StoredFingerprint>> fingerprints;
  std::map<std::string, IndexedId> ids;
  std::map<std::string, std::string> cursors;
};

using IndexDisk = SimDisk<IndexState>;

class SimIndex : public Index {
 public:
  SimIndex(World* world, IndexDisk* disk) : world_(world), disk_(disk) {}

  Result<std::optional<IndexedProducer>> ReadProducer(const ProducerKey& key) override;
  Status ReadFingerprints(const FingerprintScope& scope, std::span<const std::int64_t> sequences,
                          std::span<std::optional<Fingerprint>> found) override;
  Result<std::vector<std::optional<IndexedId>>> ReadIds(
      std::string_view stream, std::span<const std::string_view> ids) override;
  Status Write(const IndexUpdate& update) override;
  Status EraseProducer(const ProducerKey& key) override;
  Status EraseIds(std::string_view stream, std::span<const std::string_view> ids) override;
  Result<SweepResult> SweepFingerprints(WallTime cutoff, std::uint64_t examined_max) override;
  Result<SweepResult> SweepIds(std::string_view stream, WallTime cutoff,
                               std::uint64_t examined_max) override;
  Result<std::string> ReadCursor(std::string_view name) override;
  Status WriteCursor(std::string_view name, std::string_view position) override;
  Status AppendAudit(const AuditRecord& record) override;
  Result<std::vector<AuditRecord>> ReadAudit(std::size_t limit) override;
  bool IsPoisoned() const override { return poisoned_; }
  Status Reopen() override;
  std::uint64_t ApproximateBytes() const override { return 0; }

 private:
  /// A scheduling point; fails while poisoned.
  Status Enter(std::string_view call);
  Status Put(IndexDisk::Write write);

  World* const world_;
  IndexDisk* const disk_;
  bool poisoned_ = false;
};

}  // namespace oncegate::sim
