// Topics: made, looked at. Every call is bounded by `timeout`.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "sinks/sink.h"

namespace oncegate::kafka {

struct NewTopic {
  std::string name;
  int partitions = -1;          // -1: as the broker says.
  int replication_factor = -1;  // The same.
  std::map<std::string, std::string> settings;
};

enum class TopicMade : std::uint8_t { kMade, kExists };

/// `dry_run`: only tells whether it could be made.
SinkResult<TopicMade> MakeTopic(rd_kafka_t* client, const NewTopic& topic, bool dry_run,
                                std::chrono::milliseconds timeout);

/// The settings of a topic; nullopt if there is no such topic. Empty where the broker can not tell.
using TopicSettings = std::map<std::string, std::string>;
SinkResult<std::optional<TopicSettings>> ReadTopic(rd_kafka_t* client, const std::string& topic,
                                                   std::chrono::milliseconds timeout);

/// Of its max.message.bytes; `fallback` where the broker did not tell.
std::size_t MessageBytesMax(const TopicSettings& settings, std::size_t fallback);

/// Precondition: the topic exists (else a broker may make it).
SinkResult<int> CountPartitions(rd_kafka_t* client, const std::string& topic,
                                std::chrono::milliseconds timeout);

}  // namespace oncegate::kafka
