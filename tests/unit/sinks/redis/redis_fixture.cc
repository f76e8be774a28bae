#include "tests/unit/sinks/redis/redis_fixture.h"

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "sinks/redis/redis_sink.h"
#include "sinks/redis/row_guard.h"

namespace oncegate::redis {
namespace {

[[noreturn]] void OnlyOfSql() { throw std::runtime_error("Redis has no SQL"); }

/// Microseconds since 1970 of what ToRfc3339 wrote.
std::int64_t MicrosecondsOf(const std::string& text) {
  using std::chrono::microseconds;
  const std::chrono::year_month_day date{
      std::chrono::year(std::stoi(text.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(std::stoi(text.substr(5, 2)))),
      std::chrono::day(static_cast<unsigned>(std::stoi(text.substr(8, 2))))};
  const microseconds day = std::chrono::sys_days(date).time_since_epoch();
  const std::chrono::hours hours(std::stoi(text.substr(11, 2)));
  const std::chrono::minutes minutes(std::stoi(text.substr(14, 2)));
  const std::chrono::seconds seconds(std::stoi(text.substr(17, 2)));
  std::string fraction;
  if (text[19] == '.') fraction = text.substr(20, text.size() - 21);
  fraction.resize(6, '0');
  return (day + hours + minutes + seconds + microseconds(std::stoi(fraction))).count();
}

std::map<std::string, std::string> FieldsOf(const test::RedisValue& hash) {
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i + 1 < hash.elements.size(); i += 2) {
    fields[*hash.elements[i].text] = *hash.elements[i + 1].text;
  }
  return fields;
}

}  // namespace

test::RedisServer& SharedServer() {
  static test::RedisServer server;
  return server;
}

std::unique_ptr<Sink> MakeSink(const std::string& url,
                               std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "redis";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  options.settings["url"] = url;
  auto sink = kRedisSinkType.make(options);
  if (!sink) throw std::runtime_error(sink.error().message);
  return std::move(*sink);
}

RedisFixture::RedisFixture(std::string format)
    : format_(std::move(format)), client_(SharedServer().Client()) {
  client_.Run({"FLUSHALL"});
}

std::unique_ptr<Sink> RedisFixture::NewSink() {
  return MakeSink(SharedServer().Url(), {{"format", format_}});
}

std::int64_t RedisFixture::RowCount(const std::string& table) {
  return client_.Number({"HLEN", "oncegate:guards:" + table});
}

std::int64_t RedisFixture::MarkCount() { return client_.Number({"HLEN", "oncegate:ledger"}); }

void RedisFixture::LoseMarks() { client_.Run({"DEL", "oncegate:ledger"}); }

std::optional<conformance::TableRow> RedisFixture::StoredRow(const std::string& table,
                                                             const std::string& key) {
  const auto bytes = client_.Run({"HGET", "oncegate:guards:" + table, key}).text;
  if (!bytes) return std::nullopt;
  const RowGuard guard = DecodeGuard(*bytes).value();
  conformance::TableRow row;
  if (!guard.producer.empty()) row.producer = guard.producer;
  row.epoch = guard.epoch;
  row.sequence = guard.sequence;
  if (guard.version) row.version = ToDecimal(*guard.version);
  row.deleted = guard.deleted;
  row.applied_at = guard.applied_at.microseconds;
  const std::string name = table + ":" + key;
  if (format_ == "json") {
    row.value = client_.Run({"GET", name}).text;
    return row;
  }
  std::map<std::string, std::string> fields = FieldsOf(client_.Run({"HGETALL", name}));
  const auto field = [&fields](const char* which) -> std::optional<std::string> {
    return fields.contains(which) ? std::optional(fields[which]) : std::nullopt;
  };
  row.value = field("value");
  row.id = field("id");
  if (const auto time = field("event_time")) row.event_time = MicrosecondsOf(*time);
  if (row.deleted) return row;
  row.producer = field("producer");
  row.version = field("version");
  row.sequence = field("seq") ? std::optional(std::stoll(*field("seq"))) : std::nullopt;
  row.epoch = field("epoch") ? std::optional(std::stoll(*field("epoch"))) : std::nullopt;
  row.applied_at = MicrosecondsOf(field("applied_at").value());
  return row;
}

void RedisFixture::Execute(const std::string&) { OnlyOfSql(); }
std::int64_t RedisFixture::SqlCount(const std::string&) { OnlyOfSql(); }
void RedisFixture::RefuseMarkedValues(const std::string&) { OnlyOfSql(); }
void RedisFixture::AcceptMarkedValues(const std::string&) { OnlyOfSql(); }

}  // namespace oncegate::redis
