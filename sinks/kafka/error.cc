#include "sinks/kafka/error.h"

namespace oncegate::kafka {

bool IsFenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

SinkErrorClass ClassOf(rd_kafka_resp_err_t code) {
  // The driver's codes are an open list.
  switch (static_cast<int>(code)) {
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return SinkErrorClass::kStream;
    default:
      return SinkErrorClass::kConnection;
  }
}

SinkError ToSinkError(rd_kafka_resp_err_t code, std::string_view doing, std::string_view text) {
  const std::string_view what = text.empty() ? std::string_view(rd_kafka_err2str(code)) : text;
  return {ClassOf(code), std::string(doing) + ": " + std::string(what), rd_kafka_err2name(code)};
}

}  // namespace oncegate::kafka
