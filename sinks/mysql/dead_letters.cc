#include "sinks/mysql/dead_letters.h"

#include <algorithm>
#include <optional>

#include "sinks/mysql/block_io.h"

namespace oncegate::mysql {
namespace {

// Where they stand in what is read.
enum Column : std::uint8_t {
  kId,
  kStream,
  kProducer,
  kEpoch,
  kSequence,
  kEventId,
  kKey,
  kKeyIsDefault,
  kOperation,
  kVersion,
  kEventTime,
  kValue,
  kVerdict,
  kCode,
  kDetail,
  kWrittenAt,
};

#define ONCEGATE_READ_LETTERS                                                                    \
  "SELECT id, stream, producer, epoch, seq, event_id, `key`, key_is_default, op, version, "      \
  "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', event_time), value, verdict, code, detail, "         \
  "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', written_at) FROM oncegate_dead_letters FORCE INDEX " \
  "(PRIMARY) WHERE "
constexpr char kReadColumns[] = "bbbiibbibbibbbbi";
/// Of a letter besides its texts.
constexpr std::size_t kLetterBytes = 256;

const BlockStatement& Inserting() {
  static const BlockStatement statement{
      "letters_insert",
      "INSERT INTO oncegate_dead_letters (id, stream, producer, epoch, seq, event_id, `key`, "
      "key_is_default, op, version, event_time, value, verdict, code, detail, written_at) VALUES ",
      "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "", ""};
  return statement;
}

const BlockStatement& FindingIds() {
  static const BlockStatement statement{
      "letters_find", "SELECT id FROM oncegate_dead_letters FORCE INDEX (PRIMARY) WHERE id IN (",
      "?", ")", "b"};
  return statement;
}

const BlockStatement& Locking() {
  static const BlockStatement statement{"letters_lock", ONCEGATE_READ_LETTERS "id IN (", "?",
                                        ") ORDER BY id FOR UPDATE", kReadColumns};
  return statement;
}

const BlockStatement& Deleting() {
  static const BlockStatement statement{
      "letters_delete", "DELETE FROM oncegate_dead_letters WHERE id IN (", "?", ")", ""};
  return statement;
}

const BlockStatement& ForgettingProducers() {
  static const BlockStatement statement{
      "letters_forget_producers",
      "DELETE FROM oncegate_dead_letters WHERE id >= ? AND id < ? AND COALESCE(seq, -1) <= ? AND "
      "producer IN (",
      "?", ")", ""};
  return statement;
}

const BlockStatement& ForgettingIds() {
  static const BlockStatement statement{
      "letters_forget_ids",
      "DELETE FROM oncegate_dead_letters WHERE id >= ? AND id < ? AND event_id IN (", "?", ")", ""};
  return statement;
}

/// Ids begin with the stream and a colon; ';' follows ':'. All streams: from the lowest to above
/// the highest.
std::string FirstOf(std::string_view stream) {
  return stream.empty() ? std::string() : std::string(stream) + ":";
}
std::string EndOf(std::string_view stream) {
  return stream.empty() ? std::string("\xff") : std::string(stream) + ";";
}

void AddIntegerOrNull(std::optional<std::int64_t> number, Parameters* parameters) {
  number ? parameters->AddInteger(*number) : parameters->AddNull(ParameterKind::kInteger);
}

void AddLetter(const DeadLetter& letter, Parameters* parameters) {
  parameters->AddBytes(letter.id);
  parameters->AddBytes(letter.stream);
  parameters->AddBytesOrNull(letter.producer);
  parameters->AddInteger(letter.epoch.value);
  AddIntegerOrNull(letter.sequence ? std::optional(letter.sequence->value) : std::nullopt,
                   parameters);
  parameters->AddBytesOrNull(letter.event_id);
  parameters->AddBytes(letter.key);
  parameters->AddInteger(letter.key_is_default ? 1 : 0);
  parameters->AddBytes(letter.operation == Operation::kDelete ? "delete" : "upsert");
  parameters->AddVersion(letter.version);
  letter.event_time ? parameters->AddTime(*letter.event_time)
                    : parameters->AddNull(ParameterKind::kTime);
  letter.value.empty() ? parameters->AddNull(ParameterKind::kText)
                       : parameters->AddText(letter.value);
  parameters->AddBytes(letter.verdict);
  parameters->AddBytes(letter.code);
  parameters->AddText(letter.detail);
  parameters->AddTime(letter.written_at);
}

std::size_t BytesOf(const DeadLetter& letter) {
  return letter.id.size() + letter.producer.size() + letter.event_id.size() + letter.key.size() +
         letter.value.size() + letter.detail.size() + kLetterBytes;
}

DeadLetter LetterOf(const QueryRows& rows, std::size_t row) {
  const auto text = [&](Column column) { return std::string(rows.Bytes(row, column)); };
  DeadLetter letter;
  letter.id = text(kId);
  letter.stream = text(kStream);
  letter.producer = text(kProducer);
  letter.epoch = Epoch{rows.Integer(row, kEpoch)};
  if (!rows.IsNull(row, kSequence)) letter.sequence = Sequence{rows.Integer(row, kSequence)};
  letter.event_id = text(kEventId);
  letter.key = text(kKey);
  letter.key_is_default = rows.Integer(row, kKeyIsDefault) != 0;
  letter.operation = text(kOperation) == "delete" ? Operation::kDelete : Operation::kUpsert;
  letter.version = ParseVersion(text(kVersion));
  if (!rows.IsNull(row, kEventTime)) letter.event_time = WallTime{rows.Integer(row, kEventTime)};
  letter.value = text(kValue);
  letter.verdict = text(kVerdict);
  letter.code = text(kCode);
  letter.detail = text(kDetail);
  letter.written_at = WallTime{rows.Integer(row, kWrittenAt)};
  return letter;
}

std::vector<std::string_view> Views(std::span<const std::string> texts) {
  return {texts.begin(), texts.end()};
}

/// Executes a DELETE and adds the rows that it took.
MysqlStatus DeleteBy(Connection& connection, const BlockStatement& statement,
                     const AddParameters& add_leading, std::span<const std::string> keys,
                     std::uint64_t* deleted) {
  return ExecuteByKeys(connection, statement, add_leading, Views(keys),
                       [&](std::size_t, const QueryRows& rows) { *deleted += rows.affected(); });
}

}  // namespace

bool CanKeep(const Connection& connection, const DeadLetter& letter) {
  return BytesOf(letter) <= connection.statement_bytes_max();
}

MysqlResult<std::uint64_t> WriteDeadLetters(Connection& connection,
                                            std::span<const DeadLetter> letters) {
  Places places(letters.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) places[i] = i;
  const RowSource source{
      [&](std::uint32_t place, Parameters* parameters) { AddLetter(letters[place], parameters); },
      [&](std::uint32_t place) { return BytesOf(letters[place]); }};
  const auto leave_out_known = [&](Places* open) -> MysqlStatus {
    std::vector<std::string_view> ids;
    for (const std::uint32_t place : *open) ids.push_back(letters[place].id);
    std::vector<bool> is_known(letters.size(), false);
    const MysqlStatus found = ReadByKeys(connection, FindingIds(), std::nullopt, ids,
                                         [&](std::size_t number, const QueryRows&, std::size_t) {
                                           is_known[(*open)[number]] = true;
                                         });
    std::erase_if(*open, [&](std::uint32_t place) { return is_known[place]; });
    return found;
  };
  std::uint64_t fresh = 0;
  const MysqlStatus written = InsertUnknown(
      connection, Inserting(), source, std::move(places),
      {leave_out_known, [&](std::span<const std::uint32_t> taken) { fresh += taken.size(); }});
  if (!written) return written.error();
  return fresh;
}

MysqlResult<std::vector<DeadLetter>> LockDeadLetters(Connection& connection,
                                                     std::span<const std::string> ids) {
  std::vector<DeadLetter> letters;
  const MysqlStatus locked = ReadByKeys(connection, Locking(), std::nullopt, Views(ids),
                                        [&](std::size_t, const QueryRows& rows, std::size_t row) {
                                          letters.push_back(LetterOf(rows, row));
                                        });
  if (!locked) return locked.error();
  return letters;
}

MysqlResult<std::uint64_t> DeleteDeadLetters(Connection& connection,
                                             std::span<const std::string> ids) {
  std::uint64_t count = 0;
  const MysqlStatus deleted = DeleteBy(
      connection, Deleting(), [](Parameters*) {}, ids, &count);
  if (!deleted) return deleted.error();
  return count;
}

MysqlResult<std::uint64_t> ForgetDeadLetters(Connection& connection,
                                             const DeadLetterOwners& owners) {
  const std::string first = FirstOf(owners.stream);
  const std::string end = EndOf(owners.stream);
  std::uint64_t count = 0;
  const auto add_range = [&](Parameters* parameters) {
    parameters->AddBytes(first);
    parameters->AddBytes(end);
  };
  const auto add_range_and_sequence = [&](Parameters* parameters) {
    add_range(parameters);
    parameters->AddInteger(owners.through_sequence);
  };
  MysqlStatus deleted =
      DeleteBy(connection, ForgettingProducers(), add_range_and_sequence, owners.producers, &count);
  if (deleted) {
    deleted = DeleteBy(connection, ForgettingIds(), add_range, owners.event_ids, &count);
  }
  if (!deleted) return deleted.error();
  return count;
}

MysqlResult<std::vector<DeadLetter>> ListDeadLetters(Connection& connection,
                                                     const DeadLetterQuery& query) {
  const std::string first = FirstOf(query.stream);
  const std::string end = EndOf(query.stream);
  Parameters parameters;
  parameters.AddBytes(std::max<std::string_view>(query.after, first));
  parameters.AddBytes(end);
  parameters.AddInteger(query.limit);
  const auto found = connection.Execute(
      {"letters_list", ONCEGATE_READ_LETTERS "id > ? AND id < ? ORDER BY id LIMIT ?", kReadColumns},
      parameters);
  if (!found) return found.error();
  std::vector<DeadLetter> letters;
  for (std::size_t row = 0; row < found->size(); ++row) letters.push_back(LetterOf(*found, row));
  return letters;
}

MysqlResult<std::uint64_t> CountDeadLetters(Connection& connection, std::string_view stream) {
  const std::string first = FirstOf(stream);
  const std::string end = EndOf(stream);
  Parameters parameters;
  parameters.AddBytes(first);
  parameters.AddBytes(end);
  const auto counted = connection.Execute(
      {"letters_count", "SELECT COUNT(*) FROM oncegate_dead_letters WHERE id >= ? AND id < ?", "i"},
      parameters);
  if (!counted) return counted.error();
  return static_cast<std::uint64_t>(counted->Integer(0, 0));
}

}  // namespace oncegate::mysql
