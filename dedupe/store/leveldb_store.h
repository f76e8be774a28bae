// LevelDbStore: the Index in a LevelDB folder. See index.h for the contract, docs/format.md for the
// bytes, guarded_database.h for poison and reopening, sweep.h for expiry.
//
// Memory: both caches, twice the write buffer, two and a half bytes for each id (see id_filter.h),
// and what LevelDB keeps of each open table, about a hundredth of its size.
//
// Thread-safe. One store owns its folder from Open to its destruction, other processes are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "dedupe/store/index.h"

namespace oncegate {

struct LevelDbStoreOptions {
  std::filesystem::path directory;  // Created where it is missing.
  /// Beyond it fingerprints are removed before their time (see sweep.h). At least one write buffer:
  /// what is younger is not on disk yet and can not be counted.
  std::uint64_t fingerprint_bytes_max = std::uint64_t{4} * 1024 * 1024 * 1024;
  std::size_t cache_bytes = 64 * 1024 * 1024;
  /// Held in memory up to twice, and read back at start after a crash. Looking up and writing the
  /// same few hundred producers costs half as much again in 32 MiB (the list of what was written
  /// leaves the processor's caches); a million producers at random cost the same in both.
  std::size_t write_buffer_bytes = 8 * 1024 * 1024;
  /// For the records of the producers that were used last; room for 2,048 of them. Sixteen times as
  /// much costs more than it saves where a million producers send at random: it drives LevelDB's
  /// list of what was written out of the processor's caches.
  std::size_t producer_cache_bytes = 1024 * 1024;
  /// Tables that are read back whole at start, the newest first; about a second per GiB.
  std::uint64_t checked_at_start_bytes_max = 256 * 1024 * 1024;
};

class LevelDbStore final : public Index {
 public:
  /// Fails, naming the file and the way out, if the folder is used by another process, damaged,
  /// written by a newer oncegate, or can not be written to.
  static Result<std::unique_ptr<LevelDbStore>> Open(const LevelDbStoreOptions& options);
  ~LevelDbStore() override;

  Result<std::optional<IndexedProducer>> ReadProducer(const ProducerKey& key) override;
  Status ReadFingerprints(const FingerprintScope& scope, std::span<const std::int64_t> sequences,
                          std::span<std::optional<Fingerprint>> found) override;
  Result<std::vector<std::optional<IndexedId>>> ReadIds(
      std::string_view stream, std::span<const std::string_view> ids) override;
  Status Write(const IndexUpdate& update) override;
  /// The producer's fingerprints stay until they are swept: they belong to its generation, and a
  /// producer that is read as absent begins a new one.
  Status EraseProducer(const ProducerKey& key) override;
  Status EraseIds(std::string_view stream, std::span<const std::string_view> ids) override;
  Result<SweepResult> SweepFingerprints(WallTime cutoff, std::uint64_t examined_max) override;
  /// An id that is written again while its slice runs may be forgotten; the ledger still knows it.
  Result<SweepResult> SweepIds(std::string_view stream, WallTime cutoff,
                               std::uint64_t examined_max) override;
  Result<std::string> ReadCursor(std::string_view name) override;
  Status WriteCursor(std::string_view name, std::string_view position) override;
  Status AppendAudit(const AuditRecord& record) override;
  Result<std::vector<AuditRecord>> ReadAudit(std::size_t limit) override;
  bool IsPoisoned() const override;
  Status Reopen() override;
  /// All files of the folder.
  std::uint64_t ApproximateBytes() const override;

 private:
  friend class LevelDbStoreOpener;
  class Impl;
  explicit LevelDbStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncegate
