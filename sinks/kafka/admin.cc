#include "sinks/kafka/admin.h"

#include <array>
#include <charconv>
#include <utility>

#include "sinks/kafka/client.h"
#include "sinks/kafka/error.h"

namespace oncegate::kafka {
namespace {

using std::chrono::milliseconds;

struct MetadataDeleter {
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

/// An admin call: its options, and the queue that its answer comes by.
class AdminCall {
 public:
  AdminCall(rd_kafka_t* client, rd_kafka_admin_op_t operation, milliseconds timeout)
      : timeout_(timeout),
        queue_(rd_kafka_queue_new(client)),
        options_(rd_kafka_AdminOptions_new(client, operation)) {
    std::array<char, 256> text{};
    rd_kafka_AdminOptions_set_request_timeout(options_.get(), static_cast<int>(timeout.count()),
                                              text.data(), text.size());
  }
  rd_kafka_queue_t* queue() const { return queue_.get(); }
  rd_kafka_AdminOptions_t* options() const { return options_.get(); }

  SinkResult<Owned<rd_kafka_event_t>> Await(const std::string& doing) const {
    constexpr int kGraceMs = 1'000;
    Owned<rd_kafka_event_t> event(
        rd_kafka_queue_poll(queue_.get(), static_cast<int>(timeout_.count()) + kGraceMs));
    if (event == nullptr) return ToSinkError(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
    return event;
  }

 private:
  const milliseconds timeout_;
  Owned<rd_kafka_queue_t> queue_;
  Owned<rd_kafka_AdminOptions_t> options_;
};

/// A broker without such calls makes topics by itself, or has them made by hand.
bool IsUnknownCall(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
}

SinkResult<Owned<rd_kafka_NewTopic_t>> Describe(const NewTopic& topic) {
  std::array<char, 256> text{};
  Owned<rd_kafka_NewTopic_t> description(rd_kafka_NewTopic_new(
      topic.name.c_str(), topic.partitions, topic.replication_factor, text.data(), text.size()));
  if (description == nullptr) {
    return SinkError{SinkErrorClass::kRefused, "topic " + topic.name + ": " + text.data(), ""};
  }
  for (const auto& [name, value] : topic.settings) {
    rd_kafka_NewTopic_set_config(description.get(), name.c_str(), value.c_str());
  }
  return description;
}

}  // namespace

SinkResult<TopicMade> MakeTopic(rd_kafka_t* client, const NewTopic& topic, bool dry_run,
                                milliseconds timeout) {
  const std::string doing = "making topic " + topic.name;
  SinkResult<Owned<rd_kafka_NewTopic_t>> description = Describe(topic);
  if (!description) return description.error();
  const AdminCall call(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  std::array<char, 256> text{};
  rd_kafka_AdminOptions_set_operation_timeout(call.options(), static_cast<int>(timeout.count()),
                                              text.data(), text.size());
  rd_kafka_AdminOptions_set_validate_only(call.options(), dry_run ? 1 : 0, text.data(),
                                          text.size());
  rd_kafka_NewTopic_t* topics = description->get();
  rd_kafka_CreateTopics(client, &topics, 1, call.options(), call.queue());
  const SinkResult<Owned<rd_kafka_event_t>> event = call.Await(doing);
  if (!event) return event.error();
  if (const auto code = rd_kafka_event_error(event->get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (IsUnknownCall(code)) return TopicMade::kMade;
    return ToSinkError(code, doing, rd_kafka_event_error_string(event->get()));
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  const auto code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return TopicMade::kExists;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return TopicMade::kMade;
  const char* const said = rd_kafka_topic_result_error_string(results[0]);
  return ToSinkError(code, doing, said == nullptr ? "" : said);
}

SinkResult<std::optional<TopicSettings>> ReadTopic(rd_kafka_t* client, const std::string& topic,
                                                   milliseconds timeout) {
  const std::string doing = "looking at topic " + topic;
  const AdminCall call(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  const Owned<rd_kafka_ConfigResource_t> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* resources = resource.get();
  rd_kafka_DescribeConfigs(client, &resources, 1, call.options(), call.queue());
  const SinkResult<Owned<rd_kafka_event_t>> event = call.Await(doing);
  if (!event) return event.error();
  if (const auto code = rd_kafka_event_error(event->get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (IsUnknownCall(code)) return std::optional<TopicSettings>(TopicSettings{});
    return ToSinkError(code, doing, rd_kafka_event_error_string(event->get()));
  }
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** const results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  const auto code = rd_kafka_ConfigResource_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<TopicSettings>();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToSinkError(code, doing);
  TopicSettings settings;
  const rd_kafka_ConfigEntry_t** const entries =
      rd_kafka_ConfigResource_configs(results[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return std::optional<TopicSettings>(std::move(settings));
}

std::size_t MessageBytesMax(const TopicSettings& settings, std::size_t fallback) {
  const auto most = settings.find("max.message.bytes");
  if (most == settings.end()) return fallback;
  std::size_t bytes = fallback;
  std::from_chars(most->second.data(), most->second.data() + most->second.size(), bytes);
  return bytes;
}

SinkResult<int> CountPartitions(rd_kafka_t* client, const std::string& topic,
                                milliseconds timeout) {
  const std::string doing = "looking at topic " + topic;
  const Owned<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* read = nullptr;
  const auto code =
      rd_kafka_metadata(client, 0, handle.get(), &read, static_cast<int>(timeout.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return ToSinkError(code, doing);
  const std::unique_ptr<const rd_kafka_metadata_t, MetadataDeleter> metadata(read);
  if (metadata->topic_cnt != 1) return ToSinkError(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, doing);
  if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ToSinkError(metadata->topics[0].err, doing);
  }
  return metadata->topics[0].partition_cnt;
}

}  // namespace oncegate::kafka
