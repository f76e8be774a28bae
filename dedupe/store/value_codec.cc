#include "dedupe/store/value_codec.h"

#include <xxhash.h>

#include <bit>
#include <cstddef>

#include "dedupe/codec/big_endian.h"
#include "dedupe/codec/state_codec.h"
#include "dedupe/store/key_codec.h"
#include "dedupe/types/check.h"

namespace oncegate::store {
namespace {

constexpr char kValueVersion = 1;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kBitmapBytes = 8;
constexpr std::size_t kFingerprintBytes = 16;
constexpr std::size_t kTokenBytes = std::tuple_size_v<decltype(Token::bytes)>;
constexpr std::size_t kGenerationBytes = 8;
constexpr std::size_t kHalvingsBytes = 1;

std::uint32_t ChecksumOf(std::string_view key, std::string_view bytes) {
  const XXH64_hash_t seed = XXH3_64bits(key.data(), key.size());
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed));
}

std::uint32_t LoadChecksum(const char* bytes) {
  std::uint32_t checksum = 0;
  for (std::size_t i = kChecksumBytes; i-- > 0;) {
    checksum = (checksum << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return checksum;
}

/// Names the family but never the key: producers and ids belong to no log line.
Error Damaged(std::string_view key, std::string_view what) {
  std::string message = "a record of family '";
  const bool is_journal = key.starts_with(static_cast<char>(Family::kJournal));
  message.append(key.substr(0, 1)).append(is_journal ? "' of the journal " : "' of the index ");
  message.append(what);
  return Error{message};
}

void AppendTime(WallTime time, std::string* value) {
  AppendBigEndian(static_cast<std::uint64_t>(time.microseconds), value);
}

WallTime LoadTime(const char* bytes) {
  return {static_cast<std::int64_t>(LoadBigEndian<std::uint64_t>(bytes))};
}

void AppendFingerprint(const Fingerprint& fingerprint, std::string* value) {
  AppendBigEndian(fingerprint.high, value);
  AppendBigEndian(fingerprint.low, value);
}

Fingerprint LoadFingerprint(const char* bytes) {
  return {LoadBigEndian<std::uint64_t>(bytes),
          LoadBigEndian<std::uint64_t>(bytes + sizeof(std::uint64_t))};
}

template <typename Number>
std::string EncodeNumber(std::string_view key, Number number) {
  std::string value = BeginValue();
  AppendBigEndian(number, &value);
  SealValue(key, &value);
  return value;
}

template <typename Number>
Result<Number> DecodeNumber(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  if (body->size() != sizeof(Number)) return Damaged(key, "has the wrong length");
  return LoadBigEndian<Number>(body->data());
}

}  // namespace

std::string BeginValue() { return std::string(1, kValueVersion); }

void SealValue(std::string_view key, std::string* value) {
  std::uint32_t checksum = ChecksumOf(key, *value);
  for (std::size_t i = 0; i < kChecksumBytes; ++i, checksum >>= 8) {
    value->push_back(static_cast<char>(checksum & 0xffU));
  }
}

Result<std::string_view> OpenValue(std::string_view key, std::string_view value) {
  if (value.size() < 1 + kChecksumBytes) return Damaged(key, "is too short");
  const std::string_view sealed = value.substr(0, value.size() - kChecksumBytes);
  if (ChecksumOf(key, sealed) != LoadChecksum(value.data() + sealed.size())) {
    return Damaged(key, "fails its checksum");
  }
  if (sealed.front() != kValueVersion) {
    return Damaged(key, "has version " +
                            std::to_string(static_cast<unsigned char>(sealed.front())) +
                            ", but this oncegate reads version 1");
  }
  return sealed.substr(1);
}

std::string EncodeNumber32(std::string_view key, std::uint32_t number) {
  return EncodeNumber(key, number);
}

std::string EncodeNumber64(std::string_view key, std::uint64_t number) {
  return EncodeNumber(key, number);
}

Result<std::uint32_t> DecodeNumber32(std::string_view key, std::string_view value) {
  return DecodeNumber<std::uint32_t>(key, value);
}

Result<std::uint64_t> DecodeNumber64(std::string_view key, std::string_view value) {
  return DecodeNumber<std::uint64_t>(key, value);
}

std::string EncodeText(std::string_view key, std::string_view text) {
  std::string value = BeginValue().append(text);
  SealValue(key, &value);
  return value;
}

Result<std::string> DecodeText(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  return {boost::system::in_place_value, *body};
}

std::string EncodeProducer(std::string_view key, const IndexedProducer& entry) {
  std::string value = BeginValue();
  for (const std::uint8_t byte : entry.token.bytes) value.push_back(static_cast<char>(byte));
  AppendBigEndian(entry.fingerprint_generation, &value);
  value += EncodeState(entry.state);
  SealValue(key, &value);
  return value;
}

Result<IndexedProducer> DecodeProducer(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  if (body->size() < kTokenBytes + kGenerationBytes) return Damaged(key, "is too short");
  IndexedProducer entry;
  for (std::size_t i = 0; i < kTokenBytes; ++i) {
    entry.token.bytes[i] = static_cast<std::uint8_t>((*body)[i]);
  }
  entry.fingerprint_generation = LoadBigEndian<std::uint64_t>(body->data() + kTokenBytes);
  auto state = DecodeState(body->substr(kTokenBytes + kGenerationBytes));
  if (!state) return state.error();
  entry.state = std::move(*state);
  return entry;
}

std::string EncodeId(std::string_view key, const IndexedId& entry) {
  std::string value = BeginValue();
  AppendTime(entry.committed_at, &value);
  AppendFingerprint(entry.fingerprint, &value);
  SealValue(key, &value);
  return value;
}

Result<IndexedId> DecodeId(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  if (body->size() != kTimeBytes + kFingerprintBytes) return Damaged(key, "has the wrong length");
  return IndexedId{.fingerprint = LoadFingerprint(body->data() + kTimeBytes),
                   .committed_at = LoadTime(body->data())};
}

std::optional<Fingerprint> BlockView::Find(unsigned offset) const {
  const std::uint64_t bit = std::uint64_t{1} << offset;
  if ((bitmap_ & bit) == 0) return std::nullopt;
  const int before = std::popcount(bitmap_ & (bit - 1));
  return LoadFingerprint(fingerprints_ + static_cast<std::size_t>(before) * kFingerprintBytes);
}

std::string EncodeBlock(std::string_view key, WallTime written_at,
                        std::span<const SequenceFingerprint> entries) {
  CHECK(!entries.empty());
  const std::int64_t block = BlockOf(entries.front().sequence);
  std::uint64_t bitmap = 0;
  for (const SequenceFingerprint& entry : entries) {
    const std::uint64_t bit = std::uint64_t{1} << (entry.sequence & (kBlockSequences - 1));
    // A bit at or below one already set would put the fingerprints in the wrong order.
    CHECK(BlockOf(entry.sequence) == block && bitmap < bit);
    bitmap |= bit;
  }
  std::string value = BeginValue();
  value.reserve(1 + kTimeBytes + kBitmapBytes + entries.size() * kFingerprintBytes +
                kChecksumBytes);
  AppendTime(written_at, &value);
  AppendBigEndian(bitmap, &value);
  for (const SequenceFingerprint& entry : entries) AppendFingerprint(entry.fingerprint, &value);
  SealValue(key, &value);
  return value;
}

Result<BlockView> DecodeBlock(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  if (body->size() < kTimeBytes + kBitmapBytes) return Damaged(key, "is too short");
  const auto bitmap = LoadBigEndian<std::uint64_t>(body->data() + kTimeBytes);
  const std::size_t fingerprint_bytes = body->size() - kTimeBytes - kBitmapBytes;
  if (bitmap == 0 ||
      fingerprint_bytes != static_cast<std::size_t>(std::popcount(bitmap)) * kFingerprintBytes) {
    return Damaged(key, "has the wrong length");
  }
  return BlockView(LoadTime(body->data()), bitmap, body->data() + kTimeBytes + kBitmapBytes);
}

std::string EncodeSweep(std::string_view key, const SweepState& state) {
  std::string value = BeginValue();
  AppendBigEndian(state.halvings, &value);
  value += state.position;
  SealValue(key, &value);
  return value;
}

Result<SweepState> DecodeSweep(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  if (body->size() < kHalvingsBytes) return Damaged(key, "is too short");
  return SweepState{.halvings = LoadBigEndian<std::uint8_t>(body->data()),
                    .position = std::string(body->substr(kHalvingsBytes))};
}

std::string EncodeJournalEntry(std::string_view key, WallTime accepted_at,
                               std::string_view events) {
  std::string value = BeginValue();
  value.reserve(1 + kTimeBytes + events.size() + kChecksumBytes);
  AppendTime(accepted_at, &value);
  value += events;
  SealValue(key, &value);
  return value;
}

Result<JournalEntryView> DecodeJournalEntry(std::string_view key, std::string_view value) {
  const auto body = OpenValue(key, value);
  if (!body) return body.error();
  if (body->size() < kTimeBytes) return Damaged(key, "is too short");
  return JournalEntryView{.accepted_at = LoadTime(body->data()),
                          .events = body->substr(kTimeBytes)};
}

Status CheckRecord(std::string_view key, std::string_view value) {
  if (key.empty()) return Damaged("?", "has an empty key");
  const auto fault_of = [](const auto& decoded) -> Status {
    if (!decoded) return decoded.error();
    return Ok();
  };
  switch (static_cast<Family>(key.front())) {
    case Family::kFingerprint:
      return fault_of(DecodeBlock(key, value));
    case Family::kId:
      return fault_of(DecodeId(key, value));
    case Family::kProducer:
      return fault_of(DecodeProducer(key, value));
    case Family::kSweep:
      return fault_of(DecodeSweep(key, value));
    case Family::kJournal:
      return fault_of(DecodeJournalEntry(key, value));
    case Family::kAudit:
    case Family::kCursor:
    case Family::kMeta:
      return fault_of(OpenValue(key, value));
  }
  return Damaged(key, "belongs to no family that this oncegate knows");
}

}  // namespace oncegate::store
