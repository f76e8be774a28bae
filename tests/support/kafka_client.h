// What the messages of a topic are, as a consumer sees them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace oncegate::test {

struct KafkaMessage {
  int partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;  // Empty: a tombstone.
  std::map<std::string, std::string> headers;
};

enum class Isolation { kReadCommitted, kReadUncommitted };

/// Everything that is there now, partition by partition, in order of offsets. Throws
/// std::runtime_error if the topic can not be read.
std::vector<KafkaMessage> ReadTopic(const std::string& brokers, const std::string& topic,
                                    Isolation isolation = Isolation::kReadCommitted);

struct KafkaTopicOptions {
  int partitions = 1;
  std::map<std::string, std::string> settings = {};
};
void MakeTopic(const std::string& brokers, const std::string& topic,
               const KafkaTopicOptions& options = {});
void DeleteTopic(const std::string& brokers, const std::string& topic);

}  // namespace oncegate::test
