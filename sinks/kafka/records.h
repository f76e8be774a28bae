// Records of the ledger topic: how their keys and values are written. Pure.
//
// A key is text, so that a person can find a record: "producer/STREAM/PRODUCER", "id/STREAM/ID",
// "row/TOPIC/KEY", "stream/STREAM", "letter/STREAM:UUID". Neither streams nor topics hold a slash.
// A value begins with the version of its layout; integers are big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sinks/sink.h"

namespace oncegate::kafka {

enum class RecordKind : std::uint8_t { kProducer, kId, kRow, kStream, kLetter, kSessions, kProof };

/// What the keys of one stream's (or topic's) records begin with; of all if `group` is empty.
std::string KeyPrefix(RecordKind kind, std::string_view group);
std::string RecordKey(RecordKind kind, std::string_view group, std::string_view name);

std::string EncodeLedgerRow(const LedgerWrite& write, WallTime now);
std::optional<LedgerRow> DecodeLedgerRow(std::string_view bytes);

struct IdMark {
  Fingerprint fingerprint;
  WallTime committed_at;
};
std::string EncodeIdMark(const IdMark& mark);
std::optional<IdMark> DecodeIdMark(std::string_view bytes);

/// What the row guard of a document stream needs to know of the last message of a key.
struct RowMark {
  std::string producer;
  Epoch epoch;
  std::optional<Sequence> sequence;
  std::optional<Version> version;
  bool deleted = false;
  std::string value;  // Version streams only.
};
std::string EncodeRowMark(const RowMark& mark);
std::optional<RowMark> DecodeRowMark(std::string_view bytes);

struct StreamMark {
  std::string table;
  DedupeMode mode = DedupeMode::kWindow;
  TargetKind kind = TargetKind::kDocument;
  bool topic_made = false;
};
std::string EncodeStreamMark(const StreamMark& mark);
std::optional<StreamMark> DecodeStreamMark(std::string_view bytes);

/// How many sessions were ever open at once, which is how many transactional ids have to be fenced.
std::string EncodeSessions(std::uint32_t sessions);
std::optional<std::uint32_t> DecodeSessions(std::string_view bytes);

}  // namespace oncegate::kafka
