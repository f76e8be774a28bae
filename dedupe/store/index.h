// Index: the local, fast copy of what the ledger knows, plus what only this instance keeps
// (fingerprints, cursors, the audit log). For a transactional sink nothing here is the truth:
// losing it costs time, never correctness.
//
// Thread-safe. Calls may block on the disk. After a failed write the index is poisoned: every call
// fails until Reopen succeeded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/identity.h"
#include "dedupe/types/producer_state.h"
#include "dedupe/types/result.h"

namespace oncegate {

struct ProducerKey {
  std::string_view stream;
  std::string_view producer;
  friend auto operator<=>(const ProducerKey&, const ProducerKey&) = default;
};

struct IndexedProducer {
  Token token;          // Of the ledger row that `state` was read from or written to.
  ProducerState state;  // state.known is true.
  /// Names the set of fingerprints that belongs to this state's lineage; a fresh random number
  /// whenever the ledger turned out to hold a token that this instance did not write.
  std::uint64_t fingerprint_generation = 0;
};

struct SequenceFingerprint {
  std::int64_t sequence = 0;
  Fingerprint fingerprint;
};

/// Which producer, epoch and lineage a set of fingerprints belongs to.
struct FingerprintScope {
  ProducerKey producer;
  std::uint64_t generation = 0;
  Epoch epoch;
};

/// One atomic, unsynced write; collected by a lane after its sink committed.
struct IndexUpdate {
  struct Producer {
    ProducerKey key;
    IndexedProducer entry;
  };
  struct Fingerprints {
    FingerprintScope scope;
    std::vector<SequenceFingerprint> entries;  // Sorted by sequence, no sequence twice.
  };
  struct Id {
    std::string_view stream;
    std::string_view id;
    Fingerprint fingerprint;
    WallTime committed_at;
  };
  std::vector<Producer> producers;
  std::vector<Fingerprints> fingerprints;
  std::vector<Id> ids;
  WallTime written_at;  // For the retention of fingerprints.
};

struct IndexedId {
  Fingerprint fingerprint;
  WallTime committed_at;
};

struct SweepResult {
  std::uint64_t examined = 0;
  std::uint64_t removed = 0;
  bool wrapped = false;  // The cursor reached the end; the next slice starts over.
  /// More is stored than the store was given room for: go on sweeping without a rest.
  bool over_budget = false;
};

struct AuditRecord {
  WallTime at;
  std::string json;  // One JSON object, without secrets or payloads.
};

class Index {
 public:
  virtual ~Index() = default;

  virtual Result<std::optional<IndexedProducer>> ReadProducer(const ProducerKey& key) = 0;

  /// `sequences` sorted; `found` has the same size and is overwritten.
  virtual Status ReadFingerprints(const FingerprintScope& scope,
                                  std::span<const std::int64_t> sequences,
                                  std::span<std::optional<Fingerprint>> found) = 0;

  /// Parallel to `ids`.
  virtual Result<std::vector<std::optional<IndexedId>>> ReadIds(
      std::string_view stream, std::span<const std::string_view> ids) = 0;

  /// Atomic, not fsynced.
  virtual Status Write(const IndexUpdate& update) = 0;

  /// Forgets entries, not fsynced (after a purge in the ledger).
  virtual Status EraseProducer(const ProducerKey& key) = 0;
  virtual Status EraseIds(std::string_view stream, std::span<const std::string_view> ids) = 0;

  /// One bounded slice (at most `examined_max` entries) of removing what was written before
  /// `cutoff`. The position is kept on disk between calls and restarts.
  virtual Result<SweepResult> SweepFingerprints(WallTime cutoff, std::uint64_t examined_max) = 0;
  virtual Result<SweepResult> SweepIds(std::string_view stream, WallTime cutoff,
                                       std::uint64_t examined_max) = 0;

  /// Named positions of other sweeps, e.g. through the ledger of a sink. Empty: from the start.
  virtual Result<std::string> ReadCursor(std::string_view name) = 0;
  virtual Status WriteCursor(std::string_view name, std::string_view position) = 0;

  /// Fsynced before it returns.
  virtual Status AppendAudit(const AuditRecord& record) = 0;
  /// Newest first.
  virtual Result<std::vector<AuditRecord>> ReadAudit(std::size_t limit) = 0;

  virtual bool IsPoisoned() const = 0;
  /// Closes and opens again; the only way out of the poisoned state.
  virtual Status Reopen() = 0;

  /// Size on disk in bytes, as far as the store can tell cheaply.
  virtual std::uint64_t ApproximateBytes() const = 0;
};

}  // namespace oncegate
