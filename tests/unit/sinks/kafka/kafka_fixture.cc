#include "tests/unit/sinks/kafka/kafka_fixture.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "sinks/kafka/kafka_sink.h"

namespace oncegate::kafka_test {

test::KafkaServer& Broker() {
  static test::KafkaServer server;
  return server;
}

std::string UniqueName(const std::string& stem) {
  static std::atomic<int> count{0};
  return stem + "." + std::to_string(getpid()) + "." + std::to_string(++count);
}

std::unique_ptr<Sink> NewSink(const std::string& brokers, const std::string& ledger_topic,
                              std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "kafka";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  options.settings.try_emplace("brokers", brokers);
  options.settings.try_emplace("ledger_topic", ledger_topic);
  const std::vector<OptionFault> faults = kKafkaSinkType.check(options);
  if (!faults.empty()) throw std::runtime_error(faults[0].key + " " + faults[0].message);
  return std::move(kKafkaSinkType.make(options).value());
}

void KafkaSinkTest::SetUp() {
  if (const std::string reason = test::KafkaServer::WhyMissing(); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  ledger_topic_ = UniqueName("ledger");
}

std::unique_ptr<Sink> KafkaSinkTest::NewSink(std::map<std::string, std::string> settings) const {
  return kafka_test::NewSink(Broker().Brokers(), ledger_topic_, std::move(settings));
}

std::unique_ptr<SinkSession> KafkaSinkTest::Connect(Sink& sink) {
  auto connected = sink.Connect();
  if (!connected) throw std::runtime_error("Connect: " + connected.error().message);
  return std::move(*connected);
}

StreamTarget KafkaSinkTest::Append(const std::string& stream) const {
  return {stream, ledger_topic_ + "." + stream, DedupeMode::kWindow, TargetKind::kAppend};
}

StreamTarget KafkaSinkTest::Document(const std::string& stream, DedupeMode mode) const {
  return {stream, ledger_topic_ + "." + stream, mode, TargetKind::kDocument};
}

std::vector<test::KafkaMessage> KafkaSinkTest::Read(const StreamTarget& target,
                                                    test::Isolation isolation) const {
  return test::ReadTopic(Broker().Brokers(), target.table, isolation);
}

std::vector<std::string> KafkaSinkTest::Values(const StreamTarget& target) const {
  std::vector<std::string> values;
  for (const test::KafkaMessage& message : Read(target)) {
    values.push_back(message.value.value_or("tombstone"));
  }
  return values;
}

SinkStatus WriteRows(SinkSession& session, const StreamTarget& target,
                     const std::vector<conformance::Record>& records, RowsOutcome* outcome) {
  std::vector<Event> events;
  events.reserve(records.size());
  for (const conformance::Record& record : records) events.push_back(record.View());
  std::vector<const Event*> rows;
  rows.reserve(events.size());
  for (const Event& event : events) rows.push_back(&event);
  RowsOutcome ignored;
  return session.UpsertRows(target, rows, kNow, outcome == nullptr ? &ignored : outcome);
}

SinkStatus WriteMark(SinkSession& session, const StreamTarget& target,
                     std::optional<Token> expected, Token token) {
  return conformance::WriteMarksOn(
      session, {{.stream = target.stream, .producer = "p", .expected = expected, .token = token}},
      kNow, nullptr);
}

LedgerRow ReadMark(SinkSession& session, const StreamTarget& target) {
  std::vector<LedgerRow> rows;
  const LedgerRequest request{.key = {target.stream, "p"}, .lock = true};
  EXPECT_TRUE(session.Begin().has_value());
  const SinkStatus read = session.ReadLedger({&request, 1}, &rows);
  session.Rollback();
  if (!read) throw std::runtime_error("ReadLedger: " + read.error().message);
  return rows.at(0);
}

}  // namespace oncegate::kafka_test
