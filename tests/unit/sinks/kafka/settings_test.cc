// Settings, records and the row guard: what needs no broker.
#include "sinks/kafka/settings.h"

#include <gtest/gtest.h>

#include "sinks/kafka/dead_letters.h"
#include "sinks/kafka/kafka_sink.h"
#include "sinks/kafka/records.h"
#include "sinks/kafka/row_writer.h"

namespace oncegate::kafka {
namespace {

SinkOptions Options(std::map<std::string, std::string> settings) {
  SinkOptions options;
  options.name = "main";
  options.type = "kafka";
  options.request_timeout = std::chrono::seconds(10);
  options.settings = std::move(settings);
  return options;
}

std::vector<std::string> FaultsOf(std::map<std::string, std::string> settings) {
  std::vector<std::string> keys;
  for (const OptionFault& fault : kKafkaSinkType.check(Options(std::move(settings)))) {
    keys.push_back(fault.key);
  }
  return keys;
}

using Keys = std::vector<std::string>;

TEST(KafkaSettings, BrokersAreRequiredAndUnknownKeysRefused) {
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}}), Keys{});
  EXPECT_EQ(FaultsOf({}), Keys{"brokers"});
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"colour", "blue"}}), Keys{"colour"});
}

TEST(KafkaSettings, SecurityAndItsSettingsBelongTogether) {
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"security", "sasl_tls"}}),
            (Keys{"sasl_mechanism", "user", "password"}));
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"password", "x"}}), Keys{"password"});
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"security", "tls"}, {"tls_key", "k"}}),
            Keys{"tls_certificate"});
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"tls_ca", "k"}}), Keys{"tls_ca"});
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"security", "none"}}), Keys{"security"});
}

TEST(KafkaSettings, TimeoutsStayWithinTheRequestTimeout) {
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"transaction_timeout", "10001"}}),
            Keys{"transaction_timeout"});
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"transaction_timeout", "999"}}),
            Keys{"transaction_timeout"});
  EXPECT_EQ(FaultsOf({{"brokers", "h:1"}, {"ledger_topic", "a b"}, {"partitions", "0"}}),
            (Keys{"ledger_topic", "partitions"}));
}

TEST(KafkaSettings, WhoeverSharesALedgerSharesItsTransactionalIds) {
  std::vector<OptionFault> faults;
  const KafkaSettings settings = ReadSettings(Options({{"brokers", "h:1"}}), &faults);
  EXPECT_EQ(settings.ledger_topic, "oncegate-ledger-main");
  EXPECT_EQ(settings.client.count("transactional.id"), 0U);
  EXPECT_EQ(settings.producer.at("partitioner"), "murmur2_random");
  EXPECT_EQ(settings.producer.at("transaction.timeout.ms"), "5000");
}

TEST(KafkaRecords, CutOrForeignBytesAreNoRecord) {
  RowMark mark;
  mark.producer = "p";
  mark.epoch = Epoch{1};
  mark.sequence = Sequence{2};
  mark.version = Version{3, 4};
  const std::string bytes = EncodeRowMark(mark);
  const auto read = DecodeRowMark(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->version, mark.version);
  EXPECT_EQ(read->sequence, mark.sequence);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeRowMark(bytes.substr(0, size)).has_value()) << size;
  }
  std::string other = bytes;
  other[0] = 2;
  EXPECT_FALSE(DecodeRowMark(other).has_value());
  EXPECT_FALSE(DecodeLedgerRow("").has_value());
  EXPECT_FALSE(DecodeIdMark(std::string(24, '\x01')).has_value());
  EXPECT_FALSE(DecodeLetter("a:b", bytes).has_value());
}

TEST(KafkaRecords, KeysAreTextThatTellsWhatTheyAre) {
  EXPECT_EQ(RecordKey(RecordKind::kProducer, "orders", "till/1"), "producer/orders/till/1");
  EXPECT_EQ(RecordKey(RecordKind::kStream, "", "orders"), "stream/orders");
  EXPECT_EQ(LetterPrefix("orders"), "letter/orders:");
}

TEST(KafkaGuard, AnEventWithoutVersionNeverFollowsOneThatHasOne) {
  Event event;
  event.key = "k";
  RowMark stored;
  EXPECT_EQ(Guard(event, stored), GuardDecision::kWrite);
  stored.version = Version{0, 1};
  EXPECT_EQ(Guard(event, stored), GuardDecision::kNewerExists);
  event.version = Version{0, 1};
  EXPECT_EQ(Guard(event, stored), GuardDecision::kSameVersion);
  event.version = Version{1, 0};
  EXPECT_EQ(Guard(event, stored), GuardDecision::kWrite);
}

TEST(KafkaGuard, SequencesOfOneProducerAreComparedWithTheirEpoch) {
  Event event;
  event.producer = "p";
  event.epoch = Epoch{1};
  event.sequence = Sequence{5};
  RowMark stored;
  stored.producer = "p";
  stored.epoch = Epoch{1};
  stored.sequence = Sequence{5};
  EXPECT_EQ(Guard(event, stored), GuardDecision::kWrite) << "equal may write again";
  stored.sequence = Sequence{6};
  EXPECT_EQ(Guard(event, stored), GuardDecision::kNewerExists);
  stored.epoch = Epoch{0};
  EXPECT_EQ(Guard(event, stored), GuardDecision::kWrite);
  stored.epoch = Epoch{9};
  stored.producer = "q";
  EXPECT_EQ(Guard(event, stored), GuardDecision::kWrite) << "between producers the later one wins";
}

}  // namespace
}  // namespace oncegate::kafka
