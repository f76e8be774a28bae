// On a real broker: who may write the ledger, and what becomes of those who no longer may.
#include "sinks/kafka/ownership.h"
#include "tests/unit/sinks/kafka/kafka_fixture.h"

namespace oncegate::kafka_test {
namespace {

using conformance::TokenOf;
using conformance::Upsert;
using Strings = std::vector<std::string>;

class KafkaTakeover : public KafkaSinkTest {
 protected:
  /// One event and its mark in the open transaction.
  static void WriteEvent(SinkSession& session, const StreamTarget& target, const std::string& value,
                         Token token) {
    ASSERT_TRUE(session.Begin().has_value());
    ASSERT_TRUE(WriteMark(session, target, std::nullopt, token).has_value());
    ASSERT_TRUE(WriteRows(session, target, {Upsert("k", value)}).has_value());
  }
};

TEST_F(KafkaTakeover, AnInstanceThatWasTakenOverCanNotCommit) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  WriteEvent(*session, clicks, "1", TokenOf(1));

  const auto next_sink = NewSink();
  const auto next = Connect(*next_sink);
  EXPECT_FALSE(ReadMark(*next, clicks).found);
  WriteEvent(*next, clicks, "2", TokenOf(2));
  ASSERT_EQ(next->Commit(), CommitOutcome::kCommitted);

  EXPECT_NE(session->Commit(), CommitOutcome::kCommitted);
  EXPECT_FALSE(session->IsUsable());
  EXPECT_EQ(Values(clicks), Strings{"2"});
  EXPECT_EQ(ReadMark(*next, clicks).token, TokenOf(2));
}

// What is refused by what was read is not followed by a COMMIT.
TEST_F(KafkaTakeover, AnInstanceThatWasTakenOverAnswersNothingFromMemory) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  const auto next_sink = NewSink();
  const auto next = Connect(*next_sink);
  ASSERT_TRUE(session->Begin().has_value());
  const LedgerRequest request{.key = {clicks.stream, "p"}, .lock = true};
  std::vector<LedgerRow> rows;
  EXPECT_FALSE(session->ReadLedger({&request, 1}, &rows).has_value());
}

TEST_F(KafkaTakeover, WhatADeadInstanceLeftOpenInTheLedgerIsEndedAtOnce) {
  SinkOptions options;
  options.request_timeout = std::chrono::seconds(60);
  options.settings = {{"brokers", Broker().Brokers()}, {"ledger_topic", ledger_topic_}};
  std::vector<OptionFault> faults;
  const kafka::KafkaSettings settings = kafka::ReadSettings(options, &faults);
  Connect(*NewSink());
  auto producer = kafka::Producer::Make(settings, ledger_topic_ + "-0").value();
  ASSERT_TRUE(producer->Initialize().has_value());
  ASSERT_TRUE(producer->Begin().has_value());
  ASSERT_TRUE(
      kafka::SendRecords(producer.get(), ledger_topic_, kafka::NewProof("dead")).has_value());
  ASSERT_TRUE(producer->Flush().has_value());
  producer.reset();
  const auto session = NewSink()->Connect();
  EXPECT_TRUE(session.has_value()) << session.error().message;
}

TEST_F(KafkaTakeover, AnInstanceThatWasTakenOverStandsBy) {
  const auto sink = NewSink({{"standby_timeout", "1500"}});
  const auto session = Connect(*sink);
  const auto next_sink = NewSink();
  const auto next = Connect(*next_sink);
  EXPECT_FALSE(session->Ping().has_value());
  const auto refused = sink->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kConnection);
  EXPECT_NE(refused.error().message.find("stands by"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(next->Ping().has_value()) << "standing by does not disturb the other one";
  EXPECT_TRUE(test::Eventually([&] { return sink->Connect().has_value(); }));
  EXPECT_FALSE(next->Ping().has_value());
}

TEST_F(KafkaTakeover, EverySessionOfTheOtherInstanceIsFenced) {
  const auto sink = NewSink();
  std::vector<std::unique_ptr<SinkSession>> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(Connect(*sink));
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(sessions[0]->EnsureStream(clicks).has_value());
  ASSERT_TRUE(sessions[2]->Begin().has_value());
  ASSERT_TRUE(WriteRows(*sessions[2], clicks, {Upsert("k", "1")}).has_value());
  const auto next_sink = NewSink();
  const auto next = Connect(*next_sink);
  EXPECT_NE(sessions[2]->Commit(), CommitOutcome::kCommitted) << "the other one has one session";
  EXPECT_EQ(Values(clicks), Strings{});
  EXPECT_TRUE(next->Ping().has_value());
}

TEST_F(KafkaTakeover, SessionsOfOneInstanceCommitSideBySide) {
  const auto sink = NewSink();
  const auto one = Connect(*sink);
  const auto two = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(one->EnsureStream(clicks).has_value());
  for (int round = 0; round < 3; ++round) {
    for (SinkSession* session : {one.get(), two.get()}) {
      ASSERT_TRUE(session->Begin().has_value());
      ASSERT_TRUE(WriteRows(*session, clicks, {Upsert("k", std::to_string(round))}).has_value());
    }
    EXPECT_EQ(two->Commit(), CommitOutcome::kCommitted);
    EXPECT_EQ(one->Commit(), CommitOutcome::kCommitted);
  }
  EXPECT_EQ(Values(clicks).size(), 6U);
}

TEST_F(KafkaTakeover, SessionsOfOneInstanceDoNotOverwriteEachOthersMarks) {
  const auto sink = NewSink({{"transaction_timeout", "1000"}});
  const auto one = Connect(*sink);
  const auto two = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(one->EnsureStream(clicks).has_value());
  WriteEvent(*one, clicks, "1", TokenOf(1));
  ASSERT_TRUE(two->Begin().has_value());
  const SinkStatus waited = WriteMark(*two, clicks, std::nullopt, TokenOf(2));
  ASSERT_FALSE(waited.has_value());
  EXPECT_EQ(waited.error().error_class, SinkErrorClass::kRestart);
  two->Rollback();
  ASSERT_EQ(one->Commit(), CommitOutcome::kCommitted);
  ASSERT_TRUE(two->Begin().has_value());
  EXPECT_FALSE(WriteMark(*two, clicks, std::nullopt, TokenOf(2)).has_value());
  two->Rollback();
  EXPECT_EQ(ReadMark(*two, clicks).token, TokenOf(1));
}

TEST_F(KafkaTakeover, ABrokerThatCrashedHasWhatWasCommitted) {
  const auto sink = NewSink();
  auto session = Connect(*sink);
  const StreamTarget clicks = Append("clicks");
  ASSERT_TRUE(session->EnsureStream(clicks).has_value());
  WriteEvent(*session, clicks, "1", TokenOf(1));
  ASSERT_EQ(session->Commit(), CommitOutcome::kCommitted);
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(WriteRows(*session, clicks, {Upsert("k", "2")}).has_value());
  Broker().Kill();
  Broker().Start();
  session.reset();
  ASSERT_TRUE(test::Eventually([&] {
    auto again = sink->Connect();
    if (again) session = std::move(*again);
    return again.has_value();
  }));
  EXPECT_EQ(ReadMark(*session, clicks).token, TokenOf(1));
  EXPECT_EQ(Values(clicks), Strings{"1"});
}

TEST_F(KafkaTakeover, ALedgerThatWouldForgetMarksIsRefused) {
  test::MakeTopic(Broker().Brokers(), ledger_topic_, {.settings = {{"cleanup.policy", "delete"}}});
  const auto by_age = NewSink()->Connect();
  ASSERT_FALSE(by_age.has_value());
  EXPECT_EQ(by_age.error().error_class, SinkErrorClass::kRefused);
  const std::string wide = ledger_topic_ + ".wide";
  test::MakeTopic(Broker().Brokers(), wide,
                  {.partitions = 2,
                   .settings = {{"cleanup.policy", "compact"}, {"max.message.bytes", "20971520"}}});
  const auto unordered = NewSink({{"ledger_topic", wide}})->Connect();
  ASSERT_FALSE(unordered.has_value());
  EXPECT_NE(unordered.error().message.find("2 partitions"), std::string::npos)
      << unordered.error().message;
}

TEST_F(KafkaTakeover, ALedgerThatHasNoRoomForADeadLetterIsRefused) {
  test::MakeTopic(Broker().Brokers(), ledger_topic_, {.settings = {{"cleanup.policy", "compact"}}});
  const auto refused = NewSink()->Connect();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kRefused);
  EXPECT_NE(refused.error().message.find("max.message.bytes to 20971520"), std::string::npos)
      << refused.error().message;
}

TEST_F(KafkaTakeover, ADeadLetterIsTakenUpToTheRoomOfTheLedger) {
  const auto sink = NewSink();
  const auto session = Connect(*sink);
  DeadLetter letter;
  letter.id = "clicks:0";
  letter.stream = "clicks";
  letter.value = std::string(kafka::kLedgerRecordBytesMax, '1');
  EXPECT_FALSE(session->CanKeep(letter));
  ASSERT_TRUE(session->Begin().has_value());
  const auto written = session->WriteDeadLetters({&letter, 1});
  session->Rollback();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().error_class, SinkErrorClass::kStream);
  letter.value.resize(16'777'216);  // The default of limits.body_bytes.
  EXPECT_TRUE(session->CanKeep(letter));
  ASSERT_TRUE(session->Begin().has_value());
  ASSERT_TRUE(session->WriteDeadLetters({&letter, 1}).has_value());
  EXPECT_EQ(session->Commit(), CommitOutcome::kCommitted);
  EXPECT_EQ(Connect(*NewSink())->CountDeadLetters("clicks").value(), 1U);
}

}  // namespace
}  // namespace oncegate::kafka_test
