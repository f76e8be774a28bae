#include "sinks/postgres/dead_letters.h"

#include <algorithm>

#include "sinks/common/identifier.h"
#include "sinks/postgres/binary.h"

namespace oncegate::postgres {
namespace {

constexpr char kLetterColumns[] =
    "id, stream, producer, epoch, seq, event_id, key, key_is_default, op, version, event_time, "
    "value, verdict, code, detail, written_at";

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

/// Ids begin with the stream and a colon; ';' follows ':'.
std::string FirstOf(std::string_view stream) {
  return stream.empty() ? std::string() : std::string(stream) + ":";
}
std::string EndOf(std::string_view stream) {
  return stream.empty() ? std::string() : std::string(stream) + ";";
}

struct LetterColumns {
  BinaryArray ids{ElementType::kText};
  BinaryArray streams{ElementType::kText};
  BinaryArray producers{ElementType::kText};
  BinaryArray epochs{ElementType::kInt8};
  BinaryArray sequences{ElementType::kInt8};
  BinaryArray event_ids{ElementType::kText};
  BinaryArray keys{ElementType::kText};
  BinaryArray keys_are_default{ElementType::kBool};
  BinaryArray operations{ElementType::kText};
  BinaryArray versions{ElementType::kText};
  BinaryArray event_times{ElementType::kTimestamptz};
  BinaryArray values{ElementType::kText};
  BinaryArray verdicts{ElementType::kText};
  BinaryArray codes{ElementType::kText};
  BinaryArray details{ElementType::kText};
  BinaryArray written_at{ElementType::kTimestamptz};

  void Add(const DeadLetter& letter);
};

void AddTextOrNull(std::string_view text, BinaryArray* array) {
  text.empty() ? array->AddNull() : array->AddBytes(text);
}

void LetterColumns::Add(const DeadLetter& letter) {
  ids.AddBytes(letter.id);
  streams.AddBytes(letter.stream);
  AddTextOrNull(letter.producer, &producers);
  epochs.AddInt64(letter.epoch.value);
  letter.sequence ? sequences.AddInt64(letter.sequence->value) : sequences.AddNull();
  AddTextOrNull(letter.event_id, &event_ids);
  keys.AddBytes(letter.key);
  keys_are_default.AddBool(letter.key_is_default);
  operations.AddBytes(letter.operation == Operation::kDelete ? "delete" : "upsert");
  letter.version ? versions.AddBytes(ToDecimal(*letter.version)) : versions.AddNull();
  letter.event_time ? event_times.AddTime(*letter.event_time) : event_times.AddNull();
  AddTextOrNull(letter.value, &values);
  verdicts.AddBytes(letter.verdict);
  codes.AddBytes(letter.code);
  details.AddBytes(letter.detail);
  written_at.AddTime(letter.written_at);
}

std::string TextAt(const QueryRows& rows, std::size_t row, Column column) {
  return rows.IsNull(row, column) ? std::string() : std::string(rows.At(row, column));
}

std::vector<DeadLetter> LettersOf(const QueryRows& rows) {
  std::vector<DeadLetter> letters(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    DeadLetter& letter = letters[row];
    letter.id = TextAt(rows, row, kId);
    letter.stream = TextAt(rows, row, kStream);
    letter.producer = TextAt(rows, row, kProducer);
    letter.epoch = Epoch{ReadBinaryInt64(rows.At(row, kEpoch))};
    if (!rows.IsNull(row, kSequence)) {
      letter.sequence = Sequence{ReadBinaryInt64(rows.At(row, kSequence))};
    }
    letter.event_id = TextAt(rows, row, kEventId);
    letter.key = TextAt(rows, row, kKey);
    letter.key_is_default = ReadBinaryBool(rows.At(row, kKeyIsDefault));
    letter.operation =
        rows.At(row, kOperation) == "delete" ? Operation::kDelete : Operation::kUpsert;
    letter.version = ParseVersion(TextAt(rows, row, kVersion));
    if (!rows.IsNull(row, kEventTime)) letter.event_time = ReadBinaryTime(rows.At(row, kEventTime));
    letter.value = TextAt(rows, row, kValue);
    letter.verdict = TextAt(rows, row, kVerdict);
    letter.code = TextAt(rows, row, kCode);
    letter.detail = TextAt(rows, row, kDetail);
    letter.written_at = ReadBinaryTime(rows.At(row, kWrittenAt));
  }
  return letters;
}

BinaryArray TextArray(std::span<const std::string> texts) {
  BinaryArray array(ElementType::kText);
  for (const std::string& text : texts) array.AddBytes(text);
  return array;
}

}  // namespace

DeadLetters::DeadLetters(const std::string& schema) {
  const std::string table = QuoteIdentifier(schema) + ".oncegate_dead_letters";
  const std::string columns = kLetterColumns;
  insert_ = {"dead_letters_insert",
             "INSERT INTO " + table + " (" + columns + ") SELECT " + columns +
                 " FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], "
                 "$6::text[], $7::text[], $8::boolean[], $9::text[], $10::text[], "
                 "$11::timestamptz[], $12::text[], $13::text[], $14::text[], $15::text[], "
                 "$16::timestamptz[]) AS l (" +
                 columns + ") ORDER BY id COLLATE \"C\" ON CONFLICT (id) DO NOTHING"};
  lock_ = {"dead_letters_lock", "SELECT " + columns + " FROM " + table +
                                    " WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE"};
  delete_ = {"dead_letters_delete", "DELETE FROM " + table + " WHERE id = ANY ($1::text[])"};
  const std::string of_stream = "id >= $1::text AND id < $2::text";
  forget_ = {"dead_letters_forget",
             "DELETE FROM " + table + " WHERE " + of_stream +
                 " AND ((producer = ANY ($3::text[]) AND coalesce(seq, -1) <= $5::bigint) OR "
                 "event_id = ANY ($4::text[]))"};
  list_ = {"dead_letters_list", "SELECT " + columns + " FROM " + table +
                                    " WHERE id > $3::text AND ($1::text = '' OR (" + of_stream +
                                    ")) ORDER BY id LIMIT $4::bigint"};
  count_ = {"dead_letters_count", "SELECT count(*) FROM " + table + " WHERE " + of_stream};
}

PgResult<std::uint64_t> DeadLetters::Write(Connection& connection,
                                           std::span<const DeadLetter> letters) const {
  LetterColumns columns;
  for (const DeadLetter& letter : letters) columns.Add(letter);
  const auto written = connection.Execute(
      insert_, {columns.ids.Bytes(), columns.streams.Bytes(), columns.producers.Bytes(),
                columns.epochs.Bytes(), columns.sequences.Bytes(), columns.event_ids.Bytes(),
                columns.keys.Bytes(), columns.keys_are_default.Bytes(), columns.operations.Bytes(),
                columns.versions.Bytes(), columns.event_times.Bytes(), columns.values.Bytes(),
                columns.verdicts.Bytes(), columns.codes.Bytes(), columns.details.Bytes(),
                columns.written_at.Bytes()});
  if (!written) return written.error();
  return written->Affected();
}

PgResult<std::vector<DeadLetter>> DeadLetters::Lock(Connection& connection,
                                                    std::span<const std::string> ids) const {
  const auto found = connection.Execute(lock_, {TextArray(ids).Bytes()});
  if (!found) return found.error();
  return LettersOf(*found);
}

PgResult<std::uint64_t> DeadLetters::Delete(Connection& connection,
                                            std::span<const std::string> ids) const {
  const auto deleted = connection.Execute(delete_, {TextArray(ids).Bytes()});
  if (!deleted) return deleted.error();
  return deleted->Affected();
}

PgResult<std::uint64_t> DeadLetters::Forget(Connection& connection,
                                            const DeadLetterOwners& owners) const {
  const auto deleted = connection.Execute(
      forget_, {FirstOf(owners.stream), EndOf(owners.stream), TextArray(owners.producers).Bytes(),
                TextArray(owners.event_ids).Bytes(), BinaryInt64(owners.through_sequence)});
  if (!deleted) return deleted.error();
  return deleted->Affected();
}

PgResult<std::vector<DeadLetter>> DeadLetters::List(Connection& connection,
                                                    const DeadLetterQuery& query) const {
  const std::string first = FirstOf(query.stream);
  const auto found = connection.Execute(
      list_, {first, EndOf(query.stream), std::max<std::string_view>(query.after, first),
              BinaryInt64(query.limit)});
  if (!found) return found.error();
  return LettersOf(*found);
}

PgResult<std::uint64_t> DeadLetters::Count(Connection& connection, std::string_view stream) const {
  const auto counted = connection.Execute(count_, {FirstOf(stream), EndOf(stream)});
  if (!counted) return counted.error();
  return static_cast<std::uint64_t>(ReadBinaryInt64(counted->At(0, 0)));
}

}  // namespace oncegate::postgres
