#include "tests/support/kafka_client.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>

namespace oncegate::test {
namespace {

constexpr int kTimeoutMs = 15'000;
constexpr int kPollMs = 100;

struct Deleter {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

[[noreturn]] void Throw(const std::string& doing, rd_kafka_resp_err_t code) {
  throw std::runtime_error(doing + ": " + rd_kafka_err2str(code));
}

Handle<rd_kafka_t> NewClient(rd_kafka_type_t type,
                             const std::map<std::string, std::string>& properties) {
  std::array<char, 256> text{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties) {
    rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size());
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);
  Handle<rd_kafka_t> client(rd_kafka_new(type, conf, text.data(), text.size()));
  if (client == nullptr) throw std::runtime_error(text.data());
  return client;
}

int CountPartitions(rd_kafka_t* client, rd_kafka_topic_t* topic) {
  const rd_kafka_metadata_t* read = nullptr;
  const auto code = rd_kafka_metadata(client, 0, topic, &read, kTimeoutMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Throw("metadata", code);
  const Handle<const rd_kafka_metadata_t> metadata(read);
  if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Throw(metadata->topics[0].topic, metadata->topics[0].err);
  }
  return metadata->topics[0].partition_cnt;
}

KafkaMessage Take(const rd_kafka_message_t& message) {
  KafkaMessage taken;
  taken.partition = message.partition;
  if (message.key != nullptr) {
    taken.key.emplace(static_cast<const char*>(message.key), message.key_len);
  }
  if (message.payload != nullptr) {
    taken.value.emplace(static_cast<const char*>(message.payload), message.len);
  }
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return taken;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    taken.headers.emplace(name, std::string(static_cast<const char*>(value), size));
  }
  return taken;
}

void ReadPartition(rd_kafka_topic_t* topic, int partition, std::vector<KafkaMessage>* messages) {
  if (rd_kafka_consume_start(topic, partition, RD_KAFKA_OFFSET_BEGINNING) != 0) {
    Throw("consume", rd_kafka_last_error());
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTimeoutMs);
  for (;;) {
    const Handle<rd_kafka_message_t> message(rd_kafka_consume(topic, partition, kPollMs));
    if (message == nullptr) {
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("a topic was not read to its end in time");
      }
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) break;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) Throw("consume", message->err);
    messages->push_back(Take(*message));
  }
  rd_kafka_consume_stop(topic, partition);
}

void Await(rd_kafka_queue_t* queue, const std::string& doing) {
  const Handle<rd_kafka_event_t> event(rd_kafka_queue_poll(queue, kTimeoutMs));
  if (event == nullptr) throw std::runtime_error(doing + ": no answer");
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Throw(doing, code);
  }
}

}  // namespace

std::vector<KafkaMessage> ReadTopic(const std::string& brokers, const std::string& topic,
                                    Isolation isolation) {
  const bool committed = isolation == Isolation::kReadCommitted;
  const Handle<rd_kafka_t> client = NewClient(
      RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                          {"isolation.level", committed ? "read_committed" : "read_uncommitted"},
                          {"fetch.wait.max.ms", "50"},
                          {"enable.partition.eof", "true"}});
  const Handle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  std::vector<KafkaMessage> messages;
  const int partitions = CountPartitions(client.get(), handle.get());
  for (int partition = 0; partition < partitions; ++partition) {
    ReadPartition(handle.get(), partition, &messages);
  }
  return messages;
}

void MakeTopic(const std::string& brokers, const std::string& topic,
               const KafkaTopicOptions& options) {
  const Handle<rd_kafka_t> client = NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}});
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  std::array<char, 256> text{};
  rd_kafka_NewTopic_t* description =
      rd_kafka_NewTopic_new(topic.c_str(), options.partitions, 1, text.data(), text.size());
  for (const auto& [name, value] : options.settings) {
    rd_kafka_NewTopic_set_config(description, name.c_str(), value.c_str());
  }
  rd_kafka_CreateTopics(client.get(), &description, 1, nullptr, queue.get());
  rd_kafka_NewTopic_destroy(description);
  Await(queue.get(), "making topic " + topic);
}

void DeleteTopic(const std::string& brokers, const std::string& topic) {
  const Handle<rd_kafka_t> client = NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}});
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteTopic_t* description = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(client.get(), &description, 1, nullptr, queue.get());
  rd_kafka_DeleteTopic_destroy(description);
  Await(queue.get(), "deleting topic " + topic);
}

}  // namespace oncegate::test
