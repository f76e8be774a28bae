// On a real broker: documents by the row guard, ids, the catalogue, dead letters.
#include "tests/unit/sinks/kafka/kafka_fixture.h"

namespace oncegate::kafka_test {
namespace {

using conformance::Delete;
using conformance::From;
using conformance::Record;
using conformance::Upsert;
using conformance::WithVersion;
using Strings = std::vector<std::string>;

class KafkaDocument : public KafkaSinkTest {
 protected:
  void SetUp() override {
    KafkaSinkTest::SetUp();
    if (IsSkipped()) return;
    sink_ = NewSink();
    session_ = Connect(*sink_);
  }

  RowsOutcome Write(const StreamTarget& target, const std::vector<Record>& records) {
    RowsOutcome outcome;
    if (!session_->IsUsable()) session_ = Connect(*sink_);
    EXPECT_TRUE(session_->EnsureStream(target).has_value());
    EXPECT_TRUE(session_->Begin().has_value());
    EXPECT_TRUE(WriteRows(*session_, target, records, &outcome).has_value());
    EXPECT_EQ(session_->Commit(), CommitOutcome::kCommitted);
    return outcome;
  }
  RowEffect WriteOne(const StreamTarget& target, const Record& record) {
    return Write(target, {record}).effects.at(0);
  }

  std::unique_ptr<Sink> sink_;
  std::unique_ptr<SinkSession> session_;
};

TEST_F(KafkaDocument, ALateEventOfTheSameProducerIsNotSent) {
  const StreamTarget orders = Document("orders");
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "5"), "p", 1, 5)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "4"), "p", 1, 4)), RowEffect::kNewerExists);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "9"), "p", 0, 9)), RowEffect::kNewerExists);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "q"), "q", 0, 1)), RowEffect::kWritten);
  session_.reset();
  sink_ = NewSink();
  session_ = Connect(*sink_);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "0"), "q", 0, 0)), RowEffect::kNewerExists)
      << "the guard is read back with the ledger";
  EXPECT_EQ(Values(orders), (Strings{"5", "q"}));
}

TEST_F(KafkaDocument, ATopicMayHaveDotsAndHyphensInItsName) {
  StreamTarget orders = Document("orders");
  orders.table += ".orders-v2";
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "2"), "p", 0, 2)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "1"), "p", 0, 1)), RowEffect::kNewerExists);
  EXPECT_EQ(Values(orders), Strings{"2"});
}

TEST_F(KafkaDocument, ADeleteIsATombstoneThatGuardsItsKey) {
  const StreamTarget orders = Document("orders");
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "1"), "p", 0, 1)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(orders, From(Delete("k"), "p", 0, 3)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "2"), "p", 0, 2)), RowEffect::kNewerExists);
  EXPECT_EQ(Values(orders), (Strings{"1", "tombstone"}));
}

TEST_F(KafkaDocument, OnlyAHigherVersionIsSent) {
  const StreamTarget products = Document("products", DedupeMode::kVersion);
  EXPECT_EQ(WriteOne(products, WithVersion(Upsert("k", "2"), 2)), RowEffect::kWritten);
  EXPECT_EQ(WriteOne(products, WithVersion(Upsert("k", "1"), 1)), RowEffect::kNewerExists);
  const RowsOutcome same = Write(products, {WithVersion(Upsert("k", "3"), 2)});
  EXPECT_EQ(same.effects.at(0), RowEffect::kSameVersion);
  ASSERT_EQ(same.stored.size(), 1U);
  EXPECT_EQ(same.stored[0].value, "2");
  EXPECT_EQ(Values(products), Strings{"2"});
}

TEST_F(KafkaDocument, ARolledBackEventLeavesNoGuard) {
  const StreamTarget orders = Document("orders");
  ASSERT_TRUE(session_->EnsureStream(orders).has_value());
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(WriteRows(*session_, orders, {From(Upsert("k", "9"), "p", 0, 9)}).has_value());
  session_->Rollback();
  EXPECT_EQ(WriteOne(orders, From(Upsert("k", "1"), "p", 0, 1)), RowEffect::kWritten);
}

TEST_F(KafkaDocument, AnEventThatIsTooLargeIsBadAndNothingIsSent) {
  const StreamTarget orders = Document("orders");
  const std::string large = "\"" + std::string(1'000'000, 'x') + "\"";
  ASSERT_TRUE(session_->EnsureStream(orders).has_value());
  ASSERT_TRUE(session_->Begin().has_value());
  RowsOutcome outcome;
  ASSERT_TRUE(
      WriteRows(*session_, orders, {Upsert("a", "1"), Upsert("b", large)}, &outcome).has_value());
  session_->Rollback();
  ASSERT_EQ(outcome.bad.size(), 1U);
  EXPECT_EQ(outcome.bad[0].row, 1U);
  EXPECT_EQ(outcome.bad[0].verdict, Verdict::kRejected);
  DeadLetter letter;
  letter.id = "orders:b";
  letter.stream = "orders";
  letter.value = large;
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(session_->WriteDeadLetters(std::vector{letter}).has_value());
  ASSERT_EQ(session_->Commit(), CommitOutcome::kCommitted)
      << "the ledger takes what a topic can not";
  EXPECT_EQ(session_->CountDeadLetters("orders").value(), 1U);
}

TEST_F(KafkaDocument, ATopicThatOncegateDidNotMakeIsUsedOnlyIfThatIsSaid) {
  const StreamTarget orders = Document("orders");
  test::MakeTopic(Broker().Brokers(), orders.table);
  const SinkStatus refused = session_->EnsureStream(orders);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kRefused);
  EXPECT_TRUE(session_->ListStreams().value().empty());
  const auto existing = NewSink({{"topics", "existing"}});
  EXPECT_TRUE(Connect(*existing)->EnsureStream(orders).has_value());
}

TEST_F(KafkaDocument, ADeletedTopicStopsItsStreamAlone) {
  const StreamTarget orders = Document("orders");
  const StreamTarget returns = Document("returns");
  WriteOne(orders, Upsert("k", "1"));
  WriteOne(returns, Upsert("k", "1"));
  test::DeleteTopic(Broker().Brokers(), orders.table);
  SinkErrorClass error_class = SinkErrorClass::kRefused;
  EXPECT_TRUE(test::Eventually([&] {
    if (!session_->IsUsable()) session_ = Connect(*sink_);
    EXPECT_TRUE(session_->Begin().has_value());
    const SinkStatus written = WriteRows(*session_, orders, {Upsert("k", "2")});
    session_->Rollback();
    if (!written) error_class = written.error().error_class;
    return !written;
  }));
  EXPECT_EQ(error_class, SinkErrorClass::kStream);
  if (!session_->IsUsable()) session_ = Connect(*sink_);
  const SinkStatus ensured = session_->EnsureStream(orders);
  ASSERT_FALSE(ensured.has_value()) << "an empty topic in its place would hide the loss";
  EXPECT_EQ(ensured.error().error_class, SinkErrorClass::kStream);
  EXPECT_EQ(WriteOne(returns, Upsert("k", "2")), RowEffect::kWritten);
}

TEST_F(KafkaDocument, KeysHaveThePartitionsOfJavasPartitioner) {
  const auto sink = NewSink({{"partitions", "8"}});
  session_ = Connect(*sink);
  const StreamTarget orders = Document("orders");
  // toPositive(murmur2(key)) % 8 of kafka-clients; murmur2("21") is -973932308 there.
  const std::map<std::string, int> expected{{"a", 4}, {"order-17", 1}, {"hello", 5}, {"21", 4}};
  for (const auto& [key, partition] : expected) WriteOne(orders, Upsert(key, "1"));
  std::map<std::string, int> read;
  for (const test::KafkaMessage& message : Read(orders)) {
    read[message.key.value()] = message.partition;
  }
  EXPECT_EQ(read, expected);
}

}  // namespace
}  // namespace oncegate::kafka_test
