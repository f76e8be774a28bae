#include "tests/unit/sinks/postgres/postgres_fixture.h"

#include <stdexcept>
#include <utility>

#include "sinks/common/identifier.h"
#include "sinks/postgres/postgres_sink.h"

namespace oncegate::postgres {
namespace {

std::optional<std::int64_t> Integer(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return std::stoll(*text);
}

std::string MicrosecondsOf(const std::string& column) {
  return "(extract(epoch FROM " + column + ") * 1000000)::bigint";
}

}  // namespace

test::PostgresServer& SharedServer() {
  static test::PostgresServer server;
  return server;
}

std::unique_ptr<Sink> MakeSink(const std::string& url,
                               std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "postgres";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  options.settings["url"] = url;
  auto sink = kPostgresSinkType.make(options);
  if (!sink) throw std::runtime_error(sink.error().message);
  return std::move(*sink);
}

PostgresFixture::PostgresFixture() {
  static int number = 0;
  schema_ = "test_" + std::to_string(++number);
  SharedServer().Query("CREATE SCHEMA " + schema_);
  Reconnect();
}

PostgresFixture::~PostgresFixture() { client_->Query("DROP SCHEMA " + schema_ + " CASCADE"); }

void PostgresFixture::Reconnect() { client_ = std::make_unique<test::PostgresClient>(url()); }

std::string PostgresFixture::url() const {
  return SharedServer().Url() + "?options=-csearch_path%3D" + schema_;
}

std::unique_ptr<Sink> PostgresFixture::NewSink() { return MakeSink(url()); }

void PostgresFixture::Execute(const std::string& sql) { client_->Query(sql); }

std::int64_t PostgresFixture::SqlCount(const std::string& query) {
  return std::stoll(client_->QueryValue(query));
}

std::optional<conformance::TableRow> PostgresFixture::StoredRow(const std::string& table,
                                                                const std::string& key) {
  const auto rows = client_->Query("SELECT value::text, producer, epoch, seq, id, version, " +
                                       MicrosecondsOf("event_time") + ", deleted, " +
                                       MicrosecondsOf("applied_at") + " FROM " +
                                       QuoteIdentifier(table) + " WHERE key = $1",
                                   {key});
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
  stored.deleted = row[7] == "t";
  stored.applied_at = Integer(row[8]);
  return stored;
}

void PostgresFixture::RefuseMarkedValues(const std::string& table) {
  Execute("ALTER TABLE " + QuoteIdentifier(table) +
          " ADD CONSTRAINT not_refused CHECK (value <> '\"refused\"'::jsonb) NOT VALID");
}

void PostgresFixture::AcceptMarkedValues(const std::string& table) {
  Execute("ALTER TABLE " + QuoteIdentifier(table) + " DROP CONSTRAINT not_refused");
}

}  // namespace oncegate::postgres
