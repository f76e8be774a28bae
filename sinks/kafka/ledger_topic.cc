#include "sinks/kafka/ledger_topic.h"

namespace oncegate::kafka {
namespace {

// Small segments are compacted early, which keeps reading back short.
constexpr char kSegmentBytes[] = "67108864";

SinkError Refuse(const KafkaSettings& settings, const std::string& why) {
  return {SinkErrorClass::kRefused,
          "topic " + settings.ledger_topic + " can not hold the ledger: " + why, ""};
}

}  // namespace

SinkStatus EnsureLedgerTopic(rd_kafka_t* client, const KafkaSettings& settings) {
  SinkResult<std::optional<TopicSettings>> found =
      ReadTopic(client, settings.ledger_topic, settings.connect_timeout);
  if (!found) return found.error();
  if (!*found) {
    if (!settings.creates_topics) {
      return Refuse(settings,
                    "it is missing; make it with one partition, cleanup.policy=compact and "
                    "max.message.bytes=" +
                        std::to_string(kLedgerRecordBytesMax));
    }
    const NewTopic topic{settings.ledger_topic,
                         1,
                         settings.replication_factor,
                         {{"cleanup.policy", "compact"},
                          {"segment.bytes", kSegmentBytes},
                          {"max.message.bytes", std::to_string(kLedgerRecordBytesMax)}}};
    const SinkResult<TopicMade> made = MakeTopic(client, topic, false, settings.connect_timeout);
    if (!made) return made.error();
    return {};
  }
  const auto policy = (*found)->find("cleanup.policy");
  if (policy != (*found)->end() && policy->second != "compact") {
    return Refuse(settings, "its cleanup.policy is " + policy->second +
                                ", which deletes marks by age; set it to compact");
  }
  if (const std::size_t bytes = MessageBytesMax(**found, kLedgerRecordBytesMax);
      bytes < kLedgerRecordBytesMax) {
    return Refuse(settings, "it takes records of " + std::to_string(bytes) +
                                " bytes; set its max.message.bytes to " +
                                std::to_string(kLedgerRecordBytesMax));
  }
  const SinkResult<int> partitions =
      CountPartitions(client, settings.ledger_topic, settings.connect_timeout);
  if (!partitions) return partitions.error();
  if (*partitions != 1) {
    return Refuse(settings, "it has " + std::to_string(*partitions) +
                                " partitions; only one keeps the order of its records");
  }
  return {};
}

}  // namespace oncegate::kafka
