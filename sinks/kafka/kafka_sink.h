// The Kafka sink: events and ledger in one Kafka transaction, through librdkafka.
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kKafkaSinkType;

}  // namespace oncegate
