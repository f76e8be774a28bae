// What the configuration says about a Kafka sink, in the words of librdkafka. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sinks/registry.h"

namespace oncegate::kafka {

/// What the ledger topic takes. A dead letter holds an event that may be too large for its own
/// topic.
inline constexpr std::size_t kLedgerRecordBytesMax = 20'971'520;
/// What a ledger record's key, and its place in a batch, take of it at most.
inline constexpr std::size_t kLedgerRecordOverheadBytes = 4'096;

struct KafkaSettings {
  /// librdkafka's properties that every client needs: servers, security, timeouts.
  std::map<std::string, std::string> client;
  /// Those that only producers know.
  std::map<std::string, std::string> producer;
  /// Its name is also the prefix of the transactional ids, so that whoever writes one ledger is
  /// fenced by whoever writes it next.
  std::string ledger_topic;
  /// True: topics are made by the sink, one that is there already is not taken over. False: topics
  /// are made by somebody else.
  bool creates_topics = true;
  int partitions = -1;          // Of topics that are made; -1: as the broker says.
  int replication_factor = -1;  // The same, and of the ledger.
  std::size_t message_bytes_max = 1'000'000;
  std::chrono::milliseconds connect_timeout{};
  std::chrono::milliseconds transaction_timeout{};
  /// How long an instance that was taken over leaves the sink to the other one.
  std::chrono::milliseconds standby_timeout{};
};

/// Reports every fault; touches neither disk nor network.
KafkaSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults);

/// True for what Kafka takes as the name of a topic.
bool IsTopicName(std::string_view name);
/// What is wrong with the name of a stream's topic; empty if nothing is.
std::string TopicFault(std::string_view topic);

}  // namespace oncegate::kafka
