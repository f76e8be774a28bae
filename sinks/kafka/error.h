// What librdkafka's errors mean to a sink.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>
#include <string_view>

#include "sinks/sink.h"

namespace oncegate::kafka {

/// Another producer with the same transactional id was made, or the broker gave the transaction up.
bool IsFenced(rd_kafka_resp_err_t code);

SinkErrorClass ClassOf(rd_kafka_resp_err_t code);

/// "doing: what librdkafka says"; never holds a message or a secret.
SinkError ToSinkError(rd_kafka_resp_err_t code, std::string_view doing, std::string_view text = "");

}  // namespace oncegate::kafka
