#include "sinks/mysql/document_table.h"

#include "sinks/mysql/ledger_schema.h"

namespace oncegate::mysql {
namespace {

constexpr std::size_t kFixedBytes = 128;

constexpr char kEventColumns[] =
    "value LONGTEXT, "
    "producer VARBINARY(1024), "
    "epoch BIGINT, "
    "seq BIGINT, "
    "id VARBINARY(1024), "
    "version DECIMAL(39, 0), "
    "event_time DATETIME(6), "
    "deleted BOOLEAN NOT NULL, "
    "applied_at DATETIME(6) NOT NULL";

std::string InsertHead(const TableName& table) {
  return "INSERT INTO " + Quote(table) +
         " (`key`, value, producer, epoch, seq, id, version, event_time, deleted, applied_at) "
         "VALUES ";
}

constexpr char kRow[] = "(?,?,?,?,?,?,?,?,?,?)";

constexpr char kReplaceTail[] =
    " ON DUPLICATE KEY UPDATE value = VALUES(value), producer = VALUES(producer), "
    "epoch = VALUES(epoch), seq = VALUES(seq), id = VALUES(id), event_time = VALUES(event_time), "
    "deleted = VALUES(deleted), applied_at = VALUES(applied_at), version = VALUES(version)";

}  // namespace

std::string CreateDocumentTableSql(const TableName& table) {
  return "CREATE TABLE " + Quote(table) + " (`key` VARBINARY(2048) NOT NULL PRIMARY KEY, " +
         kEventColumns + ")" + kTableOptions;
}

std::string CreateAppendTableSql(const TableName& table) {
  return "CREATE TABLE " + Quote(table) +
         " (position BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, `key` VARBINARY(2048), " +
         kEventColumns + ")" + kTableOptions;
}

GuardedStatements DocumentStatements(const TableName& table, const std::string& number) {
  const std::string from = Quote(table) + " FORCE INDEX (PRIMARY) WHERE `key` IN (";
  return {{"rows_lock_" + number, "SELECT `key`, producer, epoch, seq, version FROM " + from, "?",
           ") ORDER BY `key` FOR UPDATE", "bbiib"},
          {"rows_insert_" + number, InsertHead(table), kRow, "", ""},
          {"rows_replace_" + number, InsertHead(table), kRow, kReplaceTail, ""},
          {"rows_read_" + number, "SELECT `key`, deleted, value FROM " + from, "?", ")", "bib"}};
}

BlockStatement AppendStatement(const TableName& table, const std::string& number) {
  return {"rows_append_" + number, InsertHead(table), kRow, "", ""};
}

void AddProducer(const Event& event, Parameters* parameters) {
  parameters->AddBytesOrNull(event.producer);
  if (event.producer.empty()) {
    parameters->AddNull(ParameterKind::kInteger);
  } else {
    parameters->AddInteger(event.epoch.value);
  }
  if (event.sequence) {
    parameters->AddInteger(event.sequence->value);
  } else {
    parameters->AddNull(ParameterKind::kInteger);
  }
}

void AddRow(const Event& event, bool has_key, WallTime applied_at, Parameters* parameters) {
  if (has_key) {
    parameters->AddBytes(event.key);
  } else {
    parameters->AddNull(ParameterKind::kBytes);
  }
  const bool deleted = event.operation == Operation::kDelete;
  if (deleted) {
    parameters->AddNull(ParameterKind::kText);
  } else {
    parameters->AddText(event.value);
  }
  AddProducer(event, parameters);
  parameters->AddBytesOrNull(event.id);
  parameters->AddVersion(event.version);
  if (event.event_time) {
    parameters->AddTime(*event.event_time);
  } else {
    parameters->AddNull(ParameterKind::kTime);
  }
  parameters->AddInteger(deleted ? 1 : 0);
  parameters->AddTime(applied_at);
}

std::size_t BytesOfRow(const Event& event) {
  return event.key.size() + event.value.size() + event.producer.size() + event.id.size() +
         kFixedBytes;
}

}  // namespace oncegate::mysql
