#include "dedupe/store/key_codec.h"

#include "dedupe/codec/big_endian.h"
#include "dedupe/codec/varint.h"
#include "dedupe/types/check.h"

namespace oncegate::store {
namespace {

/// Moves negative times below positive ones in byte order.
constexpr std::uint64_t kTimeBias = std::uint64_t{1} << 63;

void AppendText(std::string_view text, std::string* key) {
  AppendVarint(text.size(), key);
  key->append(text);
}

}  // namespace

std::string FamilyPrefix(Family family) { return std::string(1, static_cast<char>(family)); }

std::string StreamPrefix(Family family, std::string_view stream) {
  std::string key = FamilyPrefix(family);
  AppendText(stream, &key);
  return key;
}

std::string EndOfPrefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  CHECK(!end.empty());
  ++end.back();
  return end;
}

std::string ProducerRecordKey(const ProducerKey& producer) {
  std::string key = StreamPrefix(Family::kProducer, producer.stream);
  AppendText(producer.producer, &key);
  return key;
}

std::string IdKey(std::string_view stream, std::string_view id) {
  std::string key = StreamPrefix(Family::kId, stream);
  AppendText(id, &key);
  return key;
}

std::string CursorKey(std::string_view name) { return StreamPrefix(Family::kCursor, name); }

std::string SweepKey(std::string_view swept_prefix) {
  return FamilyPrefix(Family::kSweep).append(swept_prefix);
}

std::string AuditKey(WallTime at, std::uint64_t ordinal) {
  std::string key = FamilyPrefix(Family::kAudit);
  AppendBigEndian(static_cast<std::uint64_t>(at.microseconds) ^ kTimeBias, &key);
  AppendOrdinal(ordinal, &key);
  return key;
}

WallTime TimeOfAuditKey(std::string_view key) {
  CHECK(key.size() == 1 + 2 * sizeof(std::uint64_t));
  return {static_cast<std::int64_t>(LoadBigEndian<std::uint64_t>(key.data() + 1) ^ kTimeBias)};
}

std::string JournalKey(std::string_view stream, std::uint64_t position) {
  std::string key = StreamPrefix(Family::kJournal, stream);
  AppendBigEndian(position, &key);
  return key;
}

std::optional<std::pair<std::string_view, std::uint64_t>> ReadJournalKey(std::string_view key) {
  if (!key.starts_with(static_cast<char>(Family::kJournal))) return std::nullopt;
  key.remove_prefix(1);
  std::uint64_t stream_bytes = 0;
  if (!ReadVarint(&key, &stream_bytes) || key.size() < sizeof(std::uint64_t) ||
      stream_bytes != key.size() - sizeof(std::uint64_t)) {
    return std::nullopt;
  }
  return std::pair(key.substr(0, stream_bytes),
                   LoadBigEndian<std::uint64_t>(key.data() + stream_bytes));
}

std::string ScopePrefix(const FingerprintScope& scope) {
  std::string key = StreamPrefix(Family::kFingerprint, scope.producer.stream);
  AppendText(scope.producer.producer, &key);
  AppendBigEndian(scope.generation, &key);
  AppendBigEndian(static_cast<std::uint64_t>(scope.epoch.value), &key);
  return key;
}

void AppendBlock(std::int64_t block, std::string* key) {
  AppendBigEndian(static_cast<std::uint64_t>(block), key);
}

void AppendOrdinal(std::uint64_t ordinal, std::string* key) { AppendBigEndian(ordinal, key); }

std::int64_t BlockOfKey(std::string_view key, std::size_t scope_bytes) {
  CHECK(key.size() == scope_bytes + kBlockAndOrdinalBytes);
  return static_cast<std::int64_t>(LoadBigEndian<std::uint64_t>(key.data() + scope_bytes));
}

}  // namespace oncegate::store
