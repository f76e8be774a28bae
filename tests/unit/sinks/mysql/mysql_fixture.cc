#include "tests/unit/sinks/mysql/mysql_fixture.h"

#include <stdexcept>
#include <utility>

#include "sinks/mysql/mysql_sink.h"

namespace oncegate::mysql {
namespace {

std::optional<std::int64_t> Integer(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return std::stoll(*text);
}

std::string MicrosecondsOf(const std::string& column) {
  return "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', " + column + ")";
}

}  // namespace

test::MariadbServer& SharedServer() {
  static test::MariadbServer server(
      {.fsync = false, .options = {"--log-bin=binary", "--sync-binlog=1"}});
  return server;
}

std::unique_ptr<Sink> MakeSink(const std::string& url,
                               std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "mysql";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  options.settings["url"] = url;
  auto sink = kMysqlSinkType.make(options);
  if (!sink) throw std::runtime_error(sink.error().message);
  return std::move(*sink);
}

MysqlFixture::MysqlFixture() : database_(SharedServer().CreateDatabase()) { Reconnect(); }

MysqlFixture::~MysqlFixture() { client_->Query("DROP DATABASE " + database_); }

void MysqlFixture::Reconnect() {
  client_ = std::make_unique<test::MariadbClient>(SharedServer().port(), database_);
  // Tables that tests make for a stream; those of the sink say what they are.
  client_->Query("SET SESSION default_storage_engine = InnoDB");
}

std::int64_t MysqlFixture::SqlCount(const std::string& query) {
  return std::stoll(client_->QueryValue(query));
}

std::optional<conformance::TableRow> MysqlFixture::StoredRow(const std::string& table,
                                                             const std::string& key) {
  const auto rows =
      client_->Query("SELECT value, producer, epoch, seq, id, version, " +
                     MicrosecondsOf("event_time") + ", deleted, " + MicrosecondsOf("applied_at") +
                     " FROM \"" + table + "\" WHERE \"key\" = " + client_->Quote(key));
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.front();
  conformance::TableRow stored;
  stored.value = row[0];
  stored.producer = row[1];
  stored.epoch = Integer(row[2]);
  stored.sequence = Integer(row[3]);
  stored.id = row[4];
  stored.version = row[5];
  stored.event_time = Integer(row[6]);
  stored.deleted = row[7] == "1";
  stored.applied_at = Integer(row[8]);
  return stored;
}

void MysqlFixture::RefuseMarkedValues(const std::string& table) {
  for (const std::string event : {"INSERT", "UPDATE"}) {
    Execute("CREATE TRIGGER refuse_" + event + " BEFORE " + event + " ON \"" + table +
            "\" FOR EACH ROW IF NEW.value = '\"refused\"' THEN SIGNAL SQLSTATE '45000' "
            "SET MESSAGE_TEXT = 'this value is refused'; END IF");
  }
}

void MysqlFixture::AcceptMarkedValues(const std::string&) {
  for (const std::string event : {"INSERT", "UPDATE"}) Execute("DROP TRIGGER refuse_" + event);
}

}  // namespace oncegate::mysql
