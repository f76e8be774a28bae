#include "dedupe/store/fingerprint_lookup.h"

#include <leveldb/iterator.h>

#include <algorithm>
#include <memory>
#include <string>

#include "dedupe/store/key_codec.h"
#include "dedupe/store/value_codec.h"
#include "dedupe/types/check.h"

namespace oncegate::store {
namespace {

/// Walks the records of one scope, block by block upwards.
class ScopeWalk {
 public:
  ScopeWalk(leveldb::DB* database, const FingerprintScope& scope)
      : prefix_(ScopePrefix(scope)),
        target_(prefix_),
        record_(database->NewIterator(CheckedReadOptions())) {}

  /// Moves to the first record of `block` or, if there is none, to any later one or the end. Blocks
  /// are asked for in ascending order.
  void MoveTo(std::int64_t block) {
    if (positioned_ && (!IsInScope() || Block() >= block)) return;
    target_.resize(prefix_.size());
    AppendBlock(block, &target_);
    record_->Seek(SliceOf(target_));
    positioned_ = true;
  }

  void Next() { record_->Next(); }
  bool IsAt(std::int64_t block) const { return IsInScope() && Block() == block; }
  std::string_view Key() const { return ViewOf(record_->key()); }
  std::string_view Value() const { return ViewOf(record_->value()); }
  leveldb::Status status() const { return record_->status(); }

 private:
  bool IsInScope() const { return record_->Valid() && Key().starts_with(prefix_); }
  std::int64_t Block() const { return BlockOfKey(Key(), prefix_.size()); }

  const std::string prefix_;
  std::string target_;
  const std::unique_ptr<leveldb::Iterator> record_;
  bool positioned_ = false;
};

/// Copies what `block` holds of `sequences`, all of them of that block.
void Take(const BlockView& block, std::span<const std::int64_t> sequences,
          std::span<std::optional<Fingerprint>> found) {
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto offset = static_cast<unsigned>(sequences[i] & (kBlockSequences - 1));
    if (const auto fingerprint = block.Find(offset)) found[i] = fingerprint;
  }
}

/// How many of `sequences` are of the block of the first one.
std::size_t CountOfFirstBlock(std::span<const std::int64_t> sequences) {
  const std::int64_t block = BlockOf(sequences.front());
  const auto end =
      std::partition_point(sequences.begin(), sequences.end(),
                           [block](std::int64_t sequence) { return BlockOf(sequence) == block; });
  return static_cast<std::size_t>(end - sequences.begin());
}

}  // namespace

Status LookUpFingerprints(GuardedDatabase* database, const FingerprintScope& scope,
                          std::span<const std::int64_t> sequences,
                          std::span<std::optional<Fingerprint>> found) {
  CHECK(sequences.size() == found.size());
  std::fill(found.begin(), found.end(), std::nullopt);
  return database->Read([&](leveldb::DB& leveldb) -> Status {
    ScopeWalk walk(&leveldb, scope);
    while (!sequences.empty()) {
      const std::size_t count = CountOfFirstBlock(sequences);
      const std::int64_t block = BlockOf(sequences.front());
      for (walk.MoveTo(block); walk.IsAt(block); walk.Next()) {
        const auto decoded = DecodeBlock(walk.Key(), walk.Value());
        if (!decoded) return database->FoundDamage(decoded.error());
        Take(*decoded, sequences.first(count), found.first(count));
      }
      sequences = sequences.subspan(count);
      found = found.subspan(count);
    }
    if (!walk.status().ok()) return database->ReadFailed(walk.status());
    return Ok();
  });
}

}  // namespace oncegate::store
