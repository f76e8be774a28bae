// How the protocol is used, on librdkafka's mock cluster. It neither hides what was not committed
// nor fences, so nothing is said here about either.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>

#include "sinks/kafka/ownership.h"
#include "sinks/kafka/session.h"
#include "tests/unit/sinks/kafka/kafka_fixture.h"

namespace oncegate::kafka_test {
namespace {

using conformance::TokenOf;
using conformance::Upsert;

constexpr std::int16_t kEndTxn = 26;
constexpr std::int16_t kAddPartitionsToTxn = 24;

class KafkaMock : public ::testing::Test {
 protected:
  void SetUp() override {
    std::array<char, 256> text{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    rd_kafka_mock_topic_create(cluster_, "ledger", 1, 1);
    rd_kafka_mock_topic_create(cluster_, clicks_.table.c_str(), 2, 1);
    settings_.client["bootstrap.servers"] = rd_kafka_mock_cluster_bootstraps(cluster_);
    settings_.producer["transaction.timeout.ms"] = "1000";
    settings_.ledger_topic = "ledger";
    settings_.connect_timeout = std::chrono::seconds(10);
    settings_.transaction_timeout = std::chrono::seconds(1);
    Connect();
  }
  void TearDown() override {
    session_.reset();
    ownership_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }

  void Connect() {
    session_.reset();
    auto ownership = kafka::Ownership::Take(settings_);
    ASSERT_TRUE(ownership.has_value()) << ownership.error().message;
    ownership_ = std::move(*ownership);
    auto producer = ownership_->TakeProducer();
    ASSERT_TRUE(producer.has_value()) << producer.error().message;
    session_ = std::make_unique<kafka::KafkaSession>(settings_, ownership_, std::move(*producer));
  }
  CommitOutcome CommitEvent(Token token) {
    EXPECT_TRUE(session_->Begin().has_value());
    EXPECT_TRUE(WriteMark(*session_, clicks_, std::nullopt, token).has_value());
    EXPECT_TRUE(WriteRows(*session_, clicks_, {Upsert("k", "1")}).has_value());
    return session_->Commit();
  }

  const StreamTarget clicks_{"clicks", "clicks", DedupeMode::kWindow, TargetKind::kAppend};
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  kafka::KafkaSettings settings_;
  std::shared_ptr<kafka::Ownership> ownership_;
  std::unique_ptr<SinkSession> session_;
};

TEST_F(KafkaMock, AMarkIsReadBackByTheNextSession) {
  EXPECT_EQ(CommitEvent(TokenOf(1)), CommitOutcome::kCommitted);
  EXPECT_EQ(ReadMark(*session_, clicks_).token, TokenOf(1));
  Connect();
  EXPECT_EQ(ReadMark(*session_, clicks_).token, TokenOf(1));
}

TEST_F(KafkaMock, ACommitThatMayBeRepeatedIsRepeated) {
  rd_kafka_mock_push_request_errors(cluster_, kEndTxn, 2,
                                    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                    RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
  EXPECT_EQ(CommitEvent(TokenOf(1)), CommitOutcome::kCommitted);
  EXPECT_TRUE(session_->IsUsable());
}

TEST_F(KafkaMock, ACommitThatFailsIsInDoubtAndEndsTheSession) {
  rd_kafka_mock_push_request_errors(cluster_, kEndTxn, 1, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
  EXPECT_EQ(CommitEvent(TokenOf(1)), CommitOutcome::kInDoubt);
  EXPECT_FALSE(session_->IsUsable());
  EXPECT_FALSE(ownership_->IsTakenOver()) << "it was no other instance";
  Connect();
  EXPECT_TRUE(session_->Ping().has_value());
}

TEST_F(KafkaMock, AFailureBeforeTheCommitIsNoDoubt) {
  ASSERT_TRUE(session_->Begin().has_value());
  ASSERT_TRUE(WriteMark(*session_, clicks_, std::nullopt, TokenOf(1)).has_value());
  rd_kafka_mock_push_request_errors(cluster_, kAddPartitionsToTxn, 1,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  EXPECT_EQ(session_->Commit(), CommitOutcome::kAborted);
}

TEST_F(KafkaMock, ATopicThatMayNotBeWrittenStopsItsStreamAlone) {
  ASSERT_TRUE(session_->Begin().has_value());
  rd_kafka_mock_push_request_errors(cluster_, kAddPartitionsToTxn, 1,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const SinkStatus refused = WriteRows(*session_, clicks_, {Upsert("k", "1")});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().error_class, SinkErrorClass::kStream) << refused.error().message;
  session_->Rollback();
  EXPECT_TRUE(session_->IsUsable());
}

// The client takes such an id anew by itself, and then commits what was judged by an old view.
TEST_F(KafkaMock, AnIdThatTheBrokersForgotEndsTheSession) {
  ASSERT_TRUE(session_->Begin().has_value());
  rd_kafka_mock_push_request_errors(cluster_, kAddPartitionsToTxn, 1,
                                    RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING);
  EXPECT_FALSE(WriteRows(*session_, clicks_, {Upsert("k", "1")}).has_value());
  session_->Rollback();
  EXPECT_FALSE(session_->IsUsable());
  EXPECT_FALSE(ownership_->IsTakenOver()) << "it was no other instance";
  Connect();
  EXPECT_TRUE(session_->Ping().has_value());
}

}  // namespace
}  // namespace oncegate::kafka_test
