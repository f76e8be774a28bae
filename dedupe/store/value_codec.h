// Values of the LevelDB store. Every value is sealed the same way:
//
//     value    = version body checksum
//     version  = %x01
//     checksum = 4OCTET     ; low 32 bits, little-endian, of XXH3-64 over version and body with the
//                           ; XXH3-64 of the key as its seed: a value under another key is refused
//     body     = format / ordinals / producer / block / id / cursor / sweep / audit / journal
//     format   = 4OCTET                    ; number of the store's format
//     ordinals = 8OCTET                    ; the first ordinal that no process has reserved yet
//     producer = token generation state    ; 16, 8 and the rest; state: dedupe/codec
//     block    = time bitmap 1*64fingerprint ; bit n (counted from the lowest) stands for sequence
//                           ; 64 * block + n; one fingerprint per bit set, in ascending order
//     id       = time fingerprint          ; time of the commit
//     cursor   = 1*OCTET                   ; the caller's position
//     sweep    = halvings *OCTET           ; 1 byte and the key after which the next slice begins
//     audit    = 1*OCTET                   ; one JSON object
//     journal  = time *OCTET               ; when it was accepted, and events: see event_codec.h
//     time     = 8OCTET                    ; microseconds since 1970, two's complement
//     fingerprint = 16OCTET                ; high word, low word
//
// Numbers are big-endian. A body that does not parse is an Error, never an assertion.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dedupe/store/index.h"
#include "dedupe/types/identity.h"
#include "dedupe/types/result.h"

namespace oncegate::store {

inline constexpr std::uint32_t kStoreFormat = 1;

/// Version byte + body -> sealed value. `value` begins with what BeginValue made.
std::string BeginValue();
void SealValue(std::string_view key, std::string* value);
/// The body of a sealed value; fails on a wrong checksum or an unknown version.
Result<std::string_view> OpenValue(std::string_view key, std::string_view value);

std::string EncodeNumber32(std::string_view key, std::uint32_t number);
std::string EncodeNumber64(std::string_view key, std::uint64_t number);
Result<std::uint32_t> DecodeNumber32(std::string_view key, std::string_view value);
Result<std::uint64_t> DecodeNumber64(std::string_view key, std::string_view value);

std::string EncodeText(std::string_view key, std::string_view text);
Result<std::string> DecodeText(std::string_view key, std::string_view value);

std::string EncodeProducer(std::string_view key, const IndexedProducer& entry);
Result<IndexedProducer> DecodeProducer(std::string_view key, std::string_view value);

std::string EncodeId(std::string_view key, const IndexedId& entry);
Result<IndexedId> DecodeId(std::string_view key, std::string_view value);

/// The fingerprints of one block as they lie in a record; views the value it was decoded from.
class BlockView {
 public:
  BlockView(WallTime written_at, std::uint64_t bitmap, const char* fingerprints)
      : written_at_(written_at), bitmap_(bitmap), fingerprints_(fingerprints) {}
  WallTime written_at() const { return written_at_; }
  /// Of the sequence 64 * block + `offset`, 0 … 63.
  std::optional<Fingerprint> Find(unsigned offset) const;

 private:
  WallTime written_at_;
  std::uint64_t bitmap_;
  const char* fingerprints_;
};

/// `entries`: at least one, all of one block, sorted by sequence, no sequence twice.
std::string EncodeBlock(std::string_view key, WallTime written_at,
                        std::span<const SequenceFingerprint> entries);
Result<BlockView> DecodeBlock(std::string_view key, std::string_view value);

/// What a sweep remembers between its slices (see sweep.h).
struct SweepState {
  std::uint8_t halvings = 0;  // How often the retention is halved for want of space.
  std::string position;       // Empty: from the first key.
};
std::string EncodeSweep(std::string_view key, const SweepState& state);
Result<SweepState> DecodeSweep(std::string_view key, std::string_view value);

/// What a value of the journal holds; views the value it was decoded from.
struct JournalEntryView {
  WallTime accepted_at;
  std::string_view events;
};
std::string EncodeJournalEntry(std::string_view key, WallTime accepted_at, std::string_view events);
Result<JournalEntryView> DecodeJournalEntry(std::string_view key, std::string_view value);

/// Decodes a record of any family for its faults alone.
Status CheckRecord(std::string_view key, std::string_view value);

}  // namespace oncegate::store
