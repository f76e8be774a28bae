#include "sinks/kafka/dead_letters.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sinks/kafka/record_bytes.h"
#include "sinks/kafka/records.h"
#include "sinks/kafka/settings.h"

namespace oncegate::kafka {
namespace {

constexpr std::size_t kLetterBytesMax = kLedgerRecordBytesMax - kLedgerRecordOverheadBytes;
constexpr char kDefaultKey = 1;
constexpr char kDelete = 2;
constexpr char kHasSequence = 4;
constexpr char kHasVersion = 8;
constexpr char kHasEventTime = 16;

std::string KeyOf(std::string_view id) { return RecordKey(RecordKind::kLetter, "", id); }

SinkError Unreadable(std::string_view id) {
  return {SinkErrorClass::kStream, "the dead letter " + std::string(id) + " can not be read", ""};
}

SinkError TooLarge(std::string_view stream, std::size_t bytes) {
  return {SinkErrorClass::kStream,
          "a dead letter of stream \"" + std::string(stream) + "\" takes " + std::to_string(bytes) +
              " bytes, which is more than the ledger topic takes; keep limits.body_bytes below " +
              std::to_string(kLedgerRecordBytesMax),
          ""};
}

char FlagsOf(const DeadLetter& letter) {
  return static_cast<char>((letter.key_is_default ? kDefaultKey : 0) |
                           (letter.operation == Operation::kDelete ? kDelete : 0) |
                           (letter.sequence ? kHasSequence : 0) |
                           (letter.version ? kHasVersion : 0) |
                           (letter.event_time ? kHasEventTime : 0));
}

bool Holds(std::span<const std::string> names, const std::string& name) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

bool IsOwned(const DeadLetter& letter, const DeadLetterOwners& owners) {
  const bool is_in_range = !letter.sequence || letter.sequence->value <= owners.through_sequence;
  return (is_in_range && Holds(owners.producers, letter.producer)) ||
         Holds(owners.event_ids, letter.event_id);
}

}  // namespace

std::string EncodeLetter(const DeadLetter& letter) {
  RecordWriter writer;
  writer.Byte(FlagsOf(letter));
  writer.Text(letter.stream);
  writer.Text(letter.producer);
  writer.Number(static_cast<std::uint64_t>(letter.epoch.value));
  if (letter.sequence) writer.Number(static_cast<std::uint64_t>(letter.sequence->value));
  writer.Text(letter.event_id);
  writer.Text(letter.key);
  if (letter.version) {
    writer.Number(letter.version->high);
    writer.Number(letter.version->low);
  }
  if (letter.event_time) {
    writer.Number(static_cast<std::uint64_t>(letter.event_time->microseconds));
  }
  writer.Text(letter.value);
  writer.Text(letter.verdict);
  writer.Text(letter.code);
  writer.Text(letter.detail);
  writer.Number(static_cast<std::uint64_t>(letter.written_at.microseconds));
  return writer.Take();
}

std::optional<DeadLetter> DecodeLetter(std::string_view id, std::string_view bytes) {
  RecordReader reader(bytes);
  DeadLetter letter;
  letter.id = id;
  const char flags = reader.Byte();
  letter.key_is_default = (flags & kDefaultKey) != 0;
  letter.operation = (flags & kDelete) != 0 ? Operation::kDelete : Operation::kUpsert;
  letter.stream = reader.Text();
  letter.producer = reader.Text();
  letter.epoch = Epoch{reader.Signed()};
  if ((flags & kHasSequence) != 0) letter.sequence = Sequence{reader.Signed()};
  letter.event_id = reader.Text();
  letter.key = reader.Text();
  if ((flags & kHasVersion) != 0) {
    const std::uint64_t high = reader.Number();
    letter.version = Version{high, reader.Number()};
  }
  if ((flags & kHasEventTime) != 0) letter.event_time = WallTime{reader.Signed()};
  letter.value = reader.Text();
  letter.verdict = reader.Text();
  letter.code = reader.Text();
  letter.detail = reader.Text();
  letter.written_at = WallTime{reader.Signed()};
  return IfComplete(reader, std::move(letter));
}

bool CanKeep(const DeadLetter& letter) { return EncodeLetter(letter).size() <= kLetterBytesMax; }

SinkResult<std::uint64_t> WriteDeadLetters(std::span<const DeadLetter> letters,
                                           Transaction* transaction) {
  std::uint64_t fresh = 0;
  for (const DeadLetter& letter : letters) {
    const std::string key = KeyOf(letter.id);
    if (SinkStatus locked = transaction->Lock(key); !locked) return locked.error();
    if (transaction->Find(key)) continue;
    std::string record = EncodeLetter(letter);
    if (record.size() > kLetterBytesMax) return TooLarge(letter.stream, record.size());
    transaction->Put(key, std::move(record));
    ++fresh;
  }
  return fresh;
}

SinkResult<std::vector<DeadLetter>> LockDeadLetters(std::span<const std::string> ids,
                                                    Transaction* transaction) {
  std::vector<DeadLetter> letters;
  for (const std::string& id : ids) {
    if (SinkStatus locked = transaction->Lock(KeyOf(id)); !locked) return locked.error();
    const std::optional<std::string> stored = transaction->Find(KeyOf(id));
    if (!stored) continue;
    std::optional<DeadLetter> letter = DecodeLetter(id, *stored);
    if (!letter) return Unreadable(id);
    letters.push_back(std::move(*letter));
  }
  return letters;
}

SinkResult<std::uint64_t> DeleteDeadLetters(std::span<const std::string> ids,
                                            Transaction* transaction) {
  std::uint64_t deleted = 0;
  for (const std::string& id : ids) {
    const std::string key = KeyOf(id);
    if (SinkStatus locked = transaction->Lock(key); !locked) return locked.error();
    if (!transaction->Find(key)) continue;
    transaction->Put(key, std::nullopt);
    ++deleted;
  }
  return deleted;
}

SinkResult<std::uint64_t> ForgetDeadLetters(const DeadLetterOwners& owners,
                                            Transaction* transaction) {
  const DeadLetterQuery all{
      .stream = owners.stream, .after = {}, .limit = std::numeric_limits<std::uint32_t>::max()};
  const SinkResult<std::vector<DeadLetter>> letters = ListDeadLetters(all, transaction->view());
  if (!letters) return letters.error();
  std::vector<std::string> owned;
  for (const DeadLetter& letter : *letters) {
    if (IsOwned(letter, owners)) owned.push_back(letter.id);
  }
  return DeleteDeadLetters(owned, transaction);
}

SinkResult<std::vector<DeadLetter>> ListDeadLetters(const DeadLetterQuery& query,
                                                    const LedgerView& view) {
  std::vector<DeadLetter> letters;
  std::string unreadable;
  const std::string after = query.after.empty() ? "" : KeyOf(query.after);
  const auto take = [&](std::string_view key, const std::string& value) {
    if (letters.size() == query.limit) return false;
    const std::string_view id = key.substr(LetterPrefix("").size());
    std::optional<DeadLetter> letter = DecodeLetter(id, value);
    if (!letter) {
      unreadable = id;
      return false;
    }
    letters.push_back(std::move(*letter));
    return true;
  };
  view.Scan(LetterPrefix(query.stream), after, take);
  if (!unreadable.empty()) return Unreadable(unreadable);
  return letters;
}

std::string LetterPrefix(std::string_view stream) {
  return KeyOf(stream.empty() ? "" : std::string(stream) + ":");
}

}  // namespace oncegate::kafka
