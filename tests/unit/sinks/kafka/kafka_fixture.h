// Kafka sinks of tests: one broker for a test program, a ledger and topics of its own for each
// test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sinks/sink.h"
#include "tests/support/deadline.h"
#include "tests/support/kafka_client.h"
#include "tests/support/kafka_server.h"
#include "tests/unit/sinks/conformance/records.h"

namespace oncegate::kafka_test {

/// The broker of this test program, started by the first call.
test::KafkaServer& Broker();
/// A name that no other test uses, which begins with `stem`.
std::string UniqueName(const std::string& stem);

std::unique_ptr<Sink> NewSink(const std::string& brokers, const std::string& ledger_topic,
                              std::map<std::string, std::string> settings = {});

/// Tests on a real broker; skipped, with the reason, where there is none.
class KafkaSinkTest : public ::testing::Test {
 protected:
  void SetUp() override;

  /// A sink on the test's ledger, as another instance of the service would have it.
  std::unique_ptr<Sink> NewSink(std::map<std::string, std::string> settings = {}) const;
  /// Connects, expected to succeed.
  static std::unique_ptr<SinkSession> Connect(Sink& sink);
  StreamTarget Append(const std::string& stream) const;
  StreamTarget Document(const std::string& stream, DedupeMode mode = DedupeMode::kWindow) const;
  std::vector<test::KafkaMessage> Read(
      const StreamTarget& target,
      test::Isolation isolation = test::Isolation::kReadCommitted) const;
  std::vector<std::string> Values(const StreamTarget& target) const;

  std::string ledger_topic_;
};

constexpr WallTime kNow{1'769'860'800'123'456};

/// UpsertRows within the open transaction.
SinkStatus WriteRows(SinkSession& session, const StreamTarget& target,
                     const std::vector<conformance::Record>& records,
                     RowsOutcome* outcome = nullptr);
/// WriteLedger of one producer "p" of the stream within the open transaction.
SinkStatus WriteMark(SinkSession& session, const StreamTarget& target,
                     std::optional<Token> expected, Token token);
/// The ledger row of producer "p" in a transaction of its own.
LedgerRow ReadMark(SinkSession& session, const StreamTarget& target);

}  // namespace oncegate::kafka_test
