#include "sinks/mysql/guard_rows.h"

#include <vector>

#include "sinks/common/fingerprint_bytes.h"
#include "sinks/mysql/block_io.h"
#include "sinks/mysql/document_table.h"
#include "sinks/mysql/guarded_upsert.h"

namespace oncegate::mysql {
namespace {

/// Of a row besides its texts.
constexpr std::size_t kRowBytes = 128;

#define ONCEGATE_OF_STREAM "FROM oncegate_rows FORCE INDEX (PRIMARY) WHERE stream = ? AND `key` "
#define ONCEGATE_INSERT_GUARDS                                                         \
  "INSERT INTO oncegate_rows (stream, `key`, producer, epoch, seq, version, deleted, " \
  "fingerprint, "                                                                      \
  "applied_at) VALUES "

const GuardedStatements& Statements() {
  static const GuardedStatements statements{
      {"guards_lock", "SELECT `key`, producer, epoch, seq, version " ONCEGATE_OF_STREAM "IN (", "?",
       ") ORDER BY `key` FOR UPDATE", "bbiib"},
      {"guards_insert", ONCEGATE_INSERT_GUARDS, "(?,?,?,?,?,?,?,?,?)", "", ""},
      {"guards_replace", ONCEGATE_INSERT_GUARDS, "(?,?,?,?,?,?,?,?,?)",
       " ON DUPLICATE KEY UPDATE producer = VALUES(producer), epoch = VALUES(epoch), "
       "seq = VALUES(seq), deleted = VALUES(deleted), fingerprint = VALUES(fingerprint), "
       "applied_at = VALUES(applied_at), version = VALUES(version)",
       ""},
      {"guards_read", "SELECT `key`, deleted, fingerprint " ONCEGATE_OF_STREAM "IN (", "?", ")",
       "bib"}};
  return statements;
}

/// The condition is looked at again on each row, as it is once it is locked.
const BlockStatement& Removing() {
  static const BlockStatement statement{
      "guards_remove",
      "DELETE FROM oncegate_rows WHERE stream = ? AND deleted AND applied_at < ? AND `key` IN (",
      "?", ")", ""};
  return statement;
}

void AddGuard(std::string_view stream, WallTime now, const Event& event, Parameters* parameters) {
  parameters->AddBytes(stream);
  parameters->AddBytes(event.key);
  AddProducer(event, parameters);
  parameters->AddVersion(event.version);
  parameters->AddInteger(event.operation == Operation::kDelete ? 1 : 0);
  parameters->AddOwnBytes(std::string(ViewOf(EncodeFingerprint(event.fingerprint))));
  parameters->AddTime(now);
}

StoredRow ReadStored(const QueryRows& rows, std::size_t row) {
  StoredRow stored;
  stored.deleted = rows.Integer(row, 1) != 0;
  stored.fingerprint = DecodeFingerprint(rows.Bytes(row, 2));
  return stored;
}

}  // namespace

MysqlStatus GuardRows::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                              WallTime now, RowsOutcome* outcome) {
  const std::string_view stream = target.stream;
  const GuardedTable table{
      Statements(),
      stream,
      [=](const Event& event, Parameters* parameters) { AddGuard(stream, now, event, parameters); },
      [=](const Event& event) {
        return stream.size() + event.key.size() + event.producer.size() + kRowBytes;
      },
      &ReadStored,
      &calls_of_new_rows_[target.stream]};
  return UpsertGuarded(*connection_, table, target.mode, rows, outcome);
}

MysqlStatus SweepGuards(Connection& connection, const GuardSweep& sweep, std::string* next) {
  Parameters parameters;
  parameters.AddTime(sweep.cutoff);
  parameters.AddBytes(sweep.stream);
  parameters.AddBytes(sweep.after);
  parameters.AddInteger(sweep.limit);
  const auto slice = connection.Execute(
      {"guards_slice",
       "SELECT `key`, deleted AND applied_at < ? " ONCEGATE_OF_STREAM "> ? ORDER BY `key` LIMIT ?",
       "bi"},
      parameters);
  if (!slice) return slice.error();
  std::vector<std::string_view> old;
  for (std::size_t row = 0; row < slice->size(); ++row) {
    if (slice->Integer(row, 1) != 0) old.push_back(slice->Bytes(row, 0));
  }
  const auto add_condition = [&](Parameters* leading) {
    leading->AddBytes(sweep.stream);
    leading->AddTime(sweep.cutoff);
  };
  const MysqlStatus removed =
      ExecuteByKeys(connection, Removing(), add_condition, old, [](std::size_t, const auto&) {});
  if (!removed) return removed.error();
  const bool is_full = slice->size() == sweep.limit;
  *next = is_full ? slice->Bytes(slice->size() - 1, 0) : std::string_view();
  return {};
}

}  // namespace oncegate::mysql
