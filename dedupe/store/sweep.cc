#include "dedupe/store/sweep.h"

#include <leveldb/iterator.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "dedupe/store/key_codec.h"
#include "dedupe/types/check.h"

namespace oncegate::store {
namespace {

constexpr std::uint64_t kCompactedBytesMin = 32 * 1024 * 1024;
constexpr std::uint64_t kCompactedShareInverse = 4;
/// A stretch this long with little removed is left to LevelDB's own compactions.
constexpr std::uint64_t kStretchBytesMax = 256 * 1024 * 1024;
constexpr unsigned kHalvingsMax = 20;

Result<WallTime> TimeOfRecord(std::string_view key, std::string_view value) {
  if (key.front() == static_cast<char>(Family::kId)) {
    const auto id = DecodeId(key, value);
    if (!id) return id.error();
    return id->committed_at;
  }
  const auto block = DecodeBlock(key, value);
  if (!block) return block.error();
  return block->written_at();
}

/// One for up to twice the budget, two for up to four times, and so on.
unsigned HalvingsForSize(std::uint64_t bytes, std::uint64_t bytes_max) {
  if (bytes <= bytes_max) return 0;
  const auto excess =
      static_cast<unsigned>(std::bit_width(bytes / std::max<std::uint64_t>(bytes_max, 1)));
  return std::min(excess, kHalvingsMax);
}

}  // namespace

struct Sweeper::Slice {
  std::string prefix;
  WallTime cutoff;
  SweepState state;
  leveldb::WriteBatch removals;
  std::uint64_t examined_bytes = 0;
  std::uint64_t removed_bytes = 0;
  SweepResult result;
};

WallTime CutoffAfterHalvings(WallTime cutoff, WallTime now, unsigned halvings) {
  if (now <= cutoff) return cutoff;
  return {now.microseconds - ((now.microseconds - cutoff.microseconds) >> halvings)};
}

Result<SweepResult> Sweeper::SweepFingerprints(WallTime cutoff, WallTime now,
                                               std::uint64_t examined_max) {
  const std::lock_guard running(mutex_);
  Slice slice;
  if (auto begun = Begin(FamilyPrefix(Family::kFingerprint), &slice); !begun) return begun.error();
  const auto bytes = FingerprintBytesOnDisk();
  if (!bytes) return bytes.error();
  const unsigned halvings =
      std::max<unsigned>(slice.state.halvings, HalvingsForSize(*bytes, fingerprint_bytes_max_));
  slice.cutoff = CutoffAfterHalvings(cutoff, now, halvings);
  slice.result.over_budget = *bytes > fingerprint_bytes_max_;
  if (auto done = Run(examined_max, &slice); !done) return done.error();
  if (slice.result.wrapped) {
    if (auto adapted = AdaptHalvings(&slice); !adapted) return adapted.error();
    stretches_.erase(slice.prefix);
  }
  return slice.result;
}

Result<SweepResult> Sweeper::SweepIds(std::string_view stream, WallTime cutoff,
                                      std::uint64_t examined_max) {
  const std::lock_guard running(mutex_);
  Slice slice;
  if (auto begun = Begin(StreamPrefix(Family::kId, stream), &slice); !begun) return begun.error();
  slice.cutoff = cutoff;
  if (auto done = Run(examined_max, &slice); !done) return done.error();
  if (slice.result.wrapped) stretches_.erase(slice.prefix);
  return slice.result;
}

Status Sweeper::Begin(std::string prefix, Slice* slice) {
  slice->prefix = std::move(prefix);
  const std::string key = SweepKey(slice->prefix);
  return database_->Read([&](leveldb::DB& leveldb) -> Status {
    std::string value;
    const leveldb::Status read = leveldb.Get(CheckedReadOptions(), key, &value);
    if (read.IsNotFound()) return Ok();
    if (!read.ok()) return database_->ReadFailed(read);
    auto state = DecodeSweep(key, value);
    if (!state) return database_->FoundDamage(state.error());
    slice->state = std::move(*state);
    return Ok();
  });
}

Status Sweeper::Run(std::uint64_t examined_max, Slice* slice) {
  CHECK(examined_max > 0);
  const std::string position_before = slice->state.position;
  if (auto walked = Walk(examined_max, slice); !walked) return walked;
  // An idle store is not written to.
  if (slice->result.removed == 0 && slice->state.position == position_before) return Ok();
  const std::string key = SweepKey(slice->prefix);
  slice->removals.Put(key, EncodeSweep(key, slice->state));
  if (auto written = database_->Write(&slice->removals, Durability::kBuffered); !written) {
    return written;
  }
  return CompactIfWorthwhile(*slice);
}

Status Sweeper::Walk(std::uint64_t examined_max, Slice* slice) {
  return database_->Read([&](leveldb::DB& leveldb) -> Status {
    leveldb::ReadOptions options = CheckedReadOptions();
    options.fill_cache = false;  // A pass over everything would displace what the lanes need.
    const std::unique_ptr<leveldb::Iterator> record(leveldb.NewIterator(options));
    const std::string& position = slice->state.position;
    record->Seek(position.empty() ? slice->prefix : position + '\0');
    const auto is_inside = [&] {
      return record->Valid() && record->key().starts_with(slice->prefix);
    };
    for (; is_inside() && slice->result.examined < examined_max; record->Next()) {
      const auto time = TimeOfRecord(ViewOf(record->key()), ViewOf(record->value()));
      if (!time) return database_->FoundDamage(time.error());
      const std::uint64_t bytes = record->key().size() + record->value().size();
      ++slice->result.examined;
      slice->examined_bytes += bytes;
      slice->state.position = record->key().ToString();
      if (*time >= slice->cutoff) continue;
      slice->removals.Delete(record->key());
      slice->removed_bytes += bytes;
      ++slice->result.removed;
    }
    if (!record->status().ok()) return database_->ReadFailed(record->status());
    slice->result.wrapped = !is_inside();
    if (slice->result.wrapped) slice->state.position.clear();
    return Ok();
  });
}

Status Sweeper::CompactIfWorthwhile(const Slice& slice) {
  Stretch& stretch = stretches_[slice.prefix];
  stretch.examined_bytes += slice.examined_bytes;
  stretch.removed_bytes += slice.removed_bytes;
  if (stretch.removed_bytes >= kCompactedBytesMin &&
      stretch.removed_bytes >= stretch.examined_bytes / kCompactedShareInverse) {
    return CompactStretch(slice);
  }
  if (stretch.examined_bytes > kStretchBytesMax) stretch = {.begin = slice.state.position};
  return Ok();
}

Status Sweeper::CompactStretch(const Slice& slice) {
  Stretch& stretch = stretches_[slice.prefix];
  const std::string begin = stretch.begin.empty() ? slice.prefix : stretch.begin;
  const std::string end = slice.result.wrapped ? EndOfPrefix(slice.prefix) : slice.state.position;
  stretch = {.begin = end};
  return database_->Read([&](leveldb::DB& leveldb) -> Status {
    const leveldb::Slice first = SliceOf(begin);
    const leveldb::Slice last = SliceOf(end);
    leveldb.CompactRange(&first, &last);
    return Ok();
  });
}

/// At the end of a pass. What was removed counts only once it is compacted away.
Status Sweeper::AdaptHalvings(Slice* slice) {
  auto bytes = FingerprintBytesOnDisk();
  if (bytes && *bytes > fingerprint_bytes_max_ && stretches_[slice->prefix].removed_bytes > 0) {
    if (auto compacted = CompactStretch(*slice); !compacted) return compacted;
    bytes = FingerprintBytesOnDisk();
  }
  if (!bytes) return bytes.error();
  slice->result.over_budget = *bytes > fingerprint_bytes_max_;
  SweepState& state = slice->state;
  if (*bytes > fingerprint_bytes_max_ && state.halvings < kHalvingsMax) {
    ++state.halvings;
  } else if (*bytes < fingerprint_bytes_max_ / 2 && state.halvings > 0) {
    --state.halvings;
  } else {
    return Ok();
  }
  const std::string key = SweepKey(slice->prefix);
  leveldb::WriteBatch batch;
  batch.Put(key, EncodeSweep(key, state));
  return database_->Write(&batch, Durability::kBuffered);
}

Result<std::uint64_t> Sweeper::FingerprintBytesOnDisk() {
  const std::string first = FamilyPrefix(Family::kFingerprint);
  const std::string end = EndOfPrefix(first);
  return database_->Read([&](leveldb::DB& leveldb) -> Result<std::uint64_t> {
    const leveldb::Range family(first, end);
    std::uint64_t bytes = 0;
    leveldb.GetApproximateSizes(&family, 1, &bytes);
    return bytes;
  });
}

}  // namespace oncegate::store
