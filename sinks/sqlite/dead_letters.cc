#include "sinks/sqlite/dead_letters.h"

#include <sqlite3.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace oncegate::sqlite {
namespace {

// The parameters of kInsert and the columns of what is read, in this order.
enum Column : int {
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

#define ONCEGATE_COLUMNS                                                               \
  "id, stream, producer, epoch, seq, event_id, \"key\", key_is_default, op, version, " \
  "event_time, value, verdict, code, detail, written_at"
// Ids begin with the stream and a colon; ';' follows ':'.
#define ONCEGATE_OF_STREAM(parameter) "id >= " parameter " || ':' AND id < " parameter " || ';'"

constexpr char kInsert[] =
    "INSERT INTO oncegate_dead_letters (" ONCEGATE_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    " ON CONFLICT (id) DO NOTHING";
constexpr char kRead[] = "SELECT " ONCEGATE_COLUMNS " FROM oncegate_dead_letters WHERE id = ?1";
constexpr char kRemove[] = "DELETE FROM oncegate_dead_letters WHERE id = ?1";
constexpr char kScanOwners[] =
    "SELECT id, producer, event_id, seq FROM oncegate_dead_letters WHERE " ONCEGATE_OF_STREAM("?1");
constexpr char kList[] =
    "SELECT " ONCEGATE_COLUMNS
    " FROM oncegate_dead_letters WHERE id > ?2 AND (?1 = '' OR " ONCEGATE_OF_STREAM(
        "?1") ") ORDER BY id LIMIT ?3";
constexpr char kCount[] =
    "SELECT count(*) FROM oncegate_dead_letters WHERE " ONCEGATE_OF_STREAM("?1");

#undef ONCEGATE_OF_STREAM
#undef ONCEGATE_COLUMNS

/// Parameters count from 1.
constexpr int ParameterOf(Column column) { return column + 1; }

void BindTextOrNull(Statement& statement, Column column, std::string_view text) {
  if (text.empty()) {
    statement.BindNull(ParameterOf(column));
  } else {
    statement.BindText(ParameterOf(column), text);
  }
}

void BindIntegerOrNull(Statement& statement, Column column, std::optional<std::int64_t> value) {
  if (value) {
    statement.BindInteger(ParameterOf(column), *value);
  } else {
    statement.BindNull(ParameterOf(column));
  }
}

DeadLetter LetterOf(const Statement& row) {
  DeadLetter letter;
  letter.id = row.Text(kId);
  letter.stream = row.Text(kStream);
  letter.producer = row.Text(kProducer);
  letter.epoch = Epoch{row.Integer(kEpoch)};
  if (!row.IsNull(kSequence)) letter.sequence = Sequence{row.Integer(kSequence)};
  letter.event_id = row.Text(kEventId);
  letter.key = row.Text(kKey);
  letter.key_is_default = row.Integer(kKeyIsDefault) != 0;
  letter.operation = row.Text(kOperation) == "delete" ? Operation::kDelete : Operation::kUpsert;
  letter.version = ParseVersion(row.Text(kVersion));
  if (!row.IsNull(kEventTime)) letter.event_time = WallTime{row.Integer(kEventTime)};
  letter.value = row.Text(kValue);
  letter.verdict = row.Text(kVerdict);
  letter.code = row.Text(kCode);
  letter.detail = row.Text(kDetail);
  letter.written_at = WallTime{row.Integer(kWrittenAt)};
  return letter;
}

bool Holds(std::span<const std::string> names, std::string_view name) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

SinkStatus DeadLetters::Prepare() {
  for (const auto& [statement, sql] : {std::pair<Statement*, const char*>{&insert_, kInsert},
                                       {&read_, kRead},
                                       {&remove_, kRemove},
                                       {&scan_owners_, kScanOwners},
                                       {&list_, kList},
                                       {&count_, kCount}}) {
    SinkResult<Statement> prepared = connection_.Prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {};
}

SinkResult<bool> DeadLetters::WriteOne(const DeadLetter& letter) {
  const std::string version = letter.version ? ToDecimal(*letter.version) : std::string();
  const bool is_delete = letter.operation == Operation::kDelete;
  insert_.BindText(ParameterOf(kId), letter.id);
  insert_.BindText(ParameterOf(kStream), letter.stream);
  BindTextOrNull(insert_, kProducer, letter.producer);
  insert_.BindInteger(ParameterOf(kEpoch), letter.epoch.value);
  BindIntegerOrNull(insert_, kSequence,
                    letter.sequence ? std::optional(letter.sequence->value) : std::nullopt);
  BindTextOrNull(insert_, kEventId, letter.event_id);
  insert_.BindText(ParameterOf(kKey), letter.key);
  insert_.BindInteger(ParameterOf(kKeyIsDefault), letter.key_is_default ? 1 : 0);
  insert_.BindText(ParameterOf(kOperation), is_delete ? "delete" : "upsert");
  BindTextOrNull(insert_, kVersion, version);
  BindIntegerOrNull(
      insert_, kEventTime,
      letter.event_time ? std::optional(letter.event_time->microseconds) : std::nullopt);
  BindTextOrNull(insert_, kValue, letter.value);
  insert_.BindText(ParameterOf(kVerdict), letter.verdict);
  insert_.BindText(ParameterOf(kCode), letter.code);
  insert_.BindText(ParameterOf(kDetail), letter.detail);
  insert_.BindInteger(ParameterOf(kWrittenAt), letter.written_at.microseconds);
  const StatementRun run(insert_);
  const int code = insert_.Step();
  if (code != SQLITE_DONE) return connection_.Fail(code, "writing dead letters");
  return connection_.ChangedRows() != 0;
}

SinkResult<std::uint64_t> DeadLetters::Write(std::span<const DeadLetter> letters) {
  std::uint64_t fresh = 0;
  for (const DeadLetter& letter : letters) {
    SinkResult<bool> written = WriteOne(letter);
    if (!written) return written.error();
    if (*written) ++fresh;
  }
  return fresh;
}

SinkResult<std::vector<DeadLetter>> DeadLetters::Read(std::span<const std::string> ids) {
  std::vector<DeadLetter> letters;
  for (const std::string& id : ids) {
    read_.BindText(1, id);
    const StatementRun run(read_);
    const int code = read_.Step();
    if (code == SQLITE_DONE) continue;
    if (code != SQLITE_ROW) return connection_.Fail(code, "reading dead letters");
    letters.push_back(LetterOf(read_));
  }
  return letters;
}

SinkResult<std::uint64_t> DeadLetters::Delete(std::span<const std::string> ids) {
  std::uint64_t deleted = 0;
  for (const std::string& id : ids) {
    remove_.BindText(1, id);
    const StatementRun run(remove_);
    if (const int code = remove_.Step(); code != SQLITE_DONE) {
      return connection_.Fail(code, "deleting dead letters");
    }
    if (connection_.ChangedRows() != 0) ++deleted;
  }
  return deleted;
}

SinkResult<std::vector<std::string>> DeadLetters::FindOwned(const DeadLetterOwners& owners) {
  scan_owners_.BindText(1, owners.stream);
  const StatementRun run(scan_owners_);
  std::vector<std::string> owned;
  int code = SQLITE_ROW;
  while ((code = scan_owners_.Step()) == SQLITE_ROW) {
    const bool is_in_range =
        scan_owners_.IsNull(3) || scan_owners_.Integer(3) <= owners.through_sequence;
    if ((is_in_range && Holds(owners.producers, scan_owners_.Text(1))) ||
        Holds(owners.event_ids, scan_owners_.Text(2))) {
      owned.emplace_back(scan_owners_.Text(0));
    }
  }
  if (code != SQLITE_DONE) return connection_.Fail(code, "looking for dead letters");
  return owned;
}

SinkResult<std::uint64_t> DeadLetters::Forget(const DeadLetterOwners& owners) {
  SinkResult<std::vector<std::string>> owned = FindOwned(owners);
  if (!owned) return owned.error();
  return Delete(*owned);
}

SinkResult<std::vector<DeadLetter>> DeadLetters::List(const DeadLetterQuery& query) {
  const std::string first = query.stream.empty() ? "" : std::string(query.stream) + ":";
  list_.BindText(1, query.stream);
  list_.BindText(2, std::max<std::string_view>(query.after, first));
  list_.BindInteger(3, query.limit);
  const StatementRun run(list_);
  std::vector<DeadLetter> letters;
  int code = SQLITE_ROW;
  while ((code = list_.Step()) == SQLITE_ROW) letters.push_back(LetterOf(list_));
  if (code != SQLITE_DONE) return connection_.Fail(code, "listing dead letters");
  return letters;
}

SinkResult<std::uint64_t> DeadLetters::Count(std::string_view stream) {
  count_.BindText(1, stream);
  const StatementRun run(count_);
  if (const int code = count_.Step(); code != SQLITE_ROW) {
    return connection_.Fail(code, "counting dead letters");
  }
  return static_cast<std::uint64_t>(count_.Integer(0));
}

}  // namespace oncegate::sqlite
