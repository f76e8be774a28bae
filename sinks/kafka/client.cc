#include "sinks/kafka/client.h"

#include <algorithm>
#include <array>
#include <limits>

namespace oncegate::kafka {
namespace {

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};

// Errors that are only about a connection are told by the call that fails because of them.
void IgnoreError(rd_kafka_t*, int, const char*, void*) {}

}  // namespace

SinkResult<Owned<rd_kafka_t>> MakeClient(rd_kafka_type_t type, const Properties& properties,
                                         DeliveryCallback on_delivery, void* opaque) {
  std::array<char, 512> text{};
  const auto refuse = [&](const std::string& what) {
    return SinkError{SinkErrorClass::kRefused, what + ": " + text.data(), ""};
  };
  std::unique_ptr<rd_kafka_conf_t, ConfDeleter> conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return refuse("the Kafka client does not take the property " + name);
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  rd_kafka_conf_set_error_cb(conf.get(), &IgnoreError);
  rd_kafka_conf_set_opaque(conf.get(), opaque);
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  Owned<rd_kafka_t> client(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (client == nullptr) return refuse("the Kafka client can not be made");
  static_cast<void>(conf.release());  // The client's from now on.
  return client;
}

int MillisecondsUntil(std::chrono::steady_clock::time_point deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<std::int64_t>(left.count(), 1, std::numeric_limits<int>::max()));
}

}  // namespace oncegate::kafka
