// Owning handles of librdkafka, and how a client is made.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "sinks/sink.h"

namespace oncegate::kafka {

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_ConfigResource_t* resource) const {
    rd_kafka_ConfigResource_destroy(resource);
  }
};
template <typename T>
using Owned = std::unique_ptr<T, HandleDeleter>;

using Properties = std::map<std::string, std::string>;
using DeliveryCallback = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* opaque);

/// Does not connect. kRefused: librdkafka does not take the properties (a certificate that can not
/// be read). `on_delivery` is called with `opaque` from within calls on the handle; may be null.
SinkResult<Owned<rd_kafka_t>> MakeClient(rd_kafka_type_t type, const Properties& properties,
                                         DeliveryCallback on_delivery, void* opaque);

/// What is left until a deadline, as librdkafka takes it: at least 1.
int MillisecondsUntil(std::chrono::steady_clock::time_point deadline);

}  // namespace oncegate::kafka
