// Keys of the LevelDB store. The first byte is the family; numbers are big-endian, so that a family
// is iterated in their order; texts are preceded by their length, so that ("a","bc") and ("ab","c")
// are two keys. docs/format.md is the same in prose, with a worked example.
//
//     key         = meta / producer / fingerprint / id / cursor / sweep / audit / journal
//     meta        = "m" *OCTET                                  ; "format" or "ordinals"
//     producer    = "p" text text                               ; stream, producer
//     fingerprint = "f" text text generation epoch block ordinal ; stream, producer
//     id          = "i" text text                               ; stream, id
//     cursor      = "c" text                                    ; the name given by the caller
//     sweep       = "s" family [ text ]                         ; the swept family and stream
//     audit       = "a" time ordinal
//     journal     = "j" text position                           ; stream
//     text        = varint *OCTET                               ; length in bytes, then the bytes
//     generation, epoch, block, ordinal = 8OCTET                ; block = sequence / 64
//     position    = 8OCTET                                      ; an ordinal: order of acceptance
//     time        = 8OCTET                                      ; microseconds + 2^63
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dedupe/store/index.h"
#include "dedupe/types/identity.h"

namespace oncegate::store {

enum class Family : char {
  kAudit = 'a',
  kCursor = 'c',
  kFingerprint = 'f',
  kId = 'i',
  kJournal = 'j',
  kMeta = 'm',
  kProducer = 'p',
  kSweep = 's',
};

inline constexpr int kBlockBits = 6;  // 64 sequences, so that a bitmap of a block is one word.
inline constexpr std::int64_t kBlockSequences = std::int64_t{1} << kBlockBits;

inline constexpr std::string_view kFormatKey = "mformat";
inline constexpr std::string_view kOrdinalsKey = "mordinals";

/// All keys of a family, or of one stream in it, begin with this.
std::string FamilyPrefix(Family family);
std::string StreamPrefix(Family family, std::string_view stream);

/// The smallest key that is above every key with this (not empty) prefix.
std::string EndOfPrefix(std::string_view prefix);

std::string ProducerRecordKey(const ProducerKey& producer);
std::string IdKey(std::string_view stream, std::string_view id);
std::string CursorKey(std::string_view name);
/// Where the sweep over the keys with this prefix keeps its position.
std::string SweepKey(std::string_view swept_prefix);
std::string AuditKey(WallTime at, std::uint64_t ordinal);
WallTime TimeOfAuditKey(std::string_view key);
std::string JournalKey(std::string_view stream, std::uint64_t position);
/// Stream and position of a journal key; the stream views the key. Nothing if it is none.
std::optional<std::pair<std::string_view, std::uint64_t>> ReadJournalKey(std::string_view key);

/// Fingerprint keys of one scope: "f" stream producer generation epoch; a block and an ordinal make
/// it a key. Ordinals grow with every write, so the latest record of a block is the last one.
std::string ScopePrefix(const FingerprintScope& scope);
void AppendBlock(std::int64_t block, std::string* key);
void AppendOrdinal(std::uint64_t ordinal, std::string* key);
constexpr std::int64_t BlockOf(std::int64_t sequence) { return sequence >> kBlockBits; }
/// Precondition: `key` is a fingerprint key whose scope prefix has this many bytes.
std::int64_t BlockOfKey(std::string_view key, std::size_t scope_bytes);
inline constexpr std::size_t kBlockAndOrdinalBytes = 16;

}  // namespace oncegate::store
