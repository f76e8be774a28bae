#include "sinks/kafka/records.h"

#include <algorithm>

#include "sinks/kafka/record_bytes.h"

namespace oncegate::kafka {
namespace {

constexpr char kHasSequence = 1;
constexpr char kHasVersion = 2;
constexpr char kDeleted = 4;

std::string_view NameOf(RecordKind kind) {
  switch (kind) {
    case RecordKind::kProducer:
      return "producer/";
    case RecordKind::kId:
      return "id/";
    case RecordKind::kRow:
      return "row/";
    case RecordKind::kStream:
      return "stream/";
    case RecordKind::kLetter:
      return "letter/";
    case RecordKind::kSessions:
      return "sessions/";
    case RecordKind::kProof:
      return "proof/";
  }
  return "";
}

}  // namespace

std::string KeyPrefix(RecordKind kind, std::string_view group) {
  std::string prefix(NameOf(kind));
  if (!group.empty()) prefix.append(group).append("/");
  return prefix;
}

std::string RecordKey(RecordKind kind, std::string_view group, std::string_view name) {
  return KeyPrefix(kind, group).append(name);
}

std::string EncodeLedgerRow(const LedgerWrite& write, WallTime now) {
  RecordWriter writer;
  const auto& token = write.token.bytes;
  writer.Raw({reinterpret_cast<const char*>(token.data()), token.size()});
  writer.Number(static_cast<std::uint64_t>(write.epoch.value));
  writer.Number(static_cast<std::uint64_t>(now.microseconds));
  writer.Raw(write.state);
  return writer.Take();
}

std::optional<LedgerRow> DecodeLedgerRow(std::string_view bytes) {
  RecordReader reader(bytes);
  LedgerRow row;
  row.found = true;
  const std::string_view token = reader.Raw(row.token.bytes.size());
  std::copy(token.begin(), token.end(), row.token.bytes.begin());
  reader.Number();  // The epoch is in the state as well; here it is for people who look.
  row.updated_at = WallTime{reader.Signed()};
  row.state = reader.Rest();
  return IfComplete(reader, std::move(row));
}

std::string EncodeIdMark(const IdMark& mark) {
  RecordWriter writer;
  writer.Number(mark.fingerprint.high);
  writer.Number(mark.fingerprint.low);
  writer.Number(static_cast<std::uint64_t>(mark.committed_at.microseconds));
  return writer.Take();
}

std::optional<IdMark> DecodeIdMark(std::string_view bytes) {
  RecordReader reader(bytes);
  IdMark mark;
  mark.fingerprint.high = reader.Number();
  mark.fingerprint.low = reader.Number();
  mark.committed_at = WallTime{reader.Signed()};
  return IfComplete(reader, mark);
}

std::string EncodeRowMark(const RowMark& mark) {
  RecordWriter writer;
  writer.Byte(static_cast<char>((mark.sequence ? kHasSequence : 0) |
                                (mark.version ? kHasVersion : 0) | (mark.deleted ? kDeleted : 0)));
  writer.Text(mark.producer);
  writer.Number(static_cast<std::uint64_t>(mark.epoch.value));
  if (mark.sequence) writer.Number(static_cast<std::uint64_t>(mark.sequence->value));
  if (mark.version) {
    writer.Number(mark.version->high);
    writer.Number(mark.version->low);
  }
  writer.Raw(mark.value);
  return writer.Take();
}

std::optional<RowMark> DecodeRowMark(std::string_view bytes) {
  RecordReader reader(bytes);
  RowMark mark;
  const char flags = reader.Byte();
  mark.deleted = (flags & kDeleted) != 0;
  mark.producer = reader.Text();
  mark.epoch = Epoch{reader.Signed()};
  if ((flags & kHasSequence) != 0) mark.sequence = Sequence{reader.Signed()};
  if ((flags & kHasVersion) != 0) {
    const std::uint64_t high = reader.Number();
    mark.version = Version{high, reader.Number()};
  }
  mark.value = reader.Rest();
  return IfComplete(reader, std::move(mark));
}

std::string EncodeStreamMark(const StreamMark& mark) {
  RecordWriter writer;
  writer.Byte(mark.topic_made ? 1 : 0);
  writer.Text(mark.table);
  writer.Text(ToString(mark.mode));
  writer.Text(ToString(mark.kind));
  return writer.Take();
}

std::optional<StreamMark> DecodeStreamMark(std::string_view bytes) {
  RecordReader reader(bytes);
  StreamMark mark;
  mark.topic_made = reader.Byte() != 0;
  mark.table = reader.Text();
  const std::optional<DedupeMode> mode = ParseDedupeMode(reader.Text());
  const std::optional<TargetKind> kind = ParseTargetKind(reader.Text());
  if (!mode || !kind) return std::nullopt;
  mark.mode = *mode;
  mark.kind = *kind;
  return IfComplete(reader, std::move(mark));
}

std::string EncodeSessions(std::uint32_t sessions) {
  RecordWriter writer;
  writer.Number(sessions);
  return writer.Take();
}

std::optional<std::uint32_t> DecodeSessions(std::string_view bytes) {
  RecordReader reader(bytes);
  const auto sessions = static_cast<std::uint32_t>(reader.Number());
  return IfComplete(reader, sessions);
}

}  // namespace oncegate::kafka
