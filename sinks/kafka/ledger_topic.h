// The topic that holds the ledger.
#pragma once

#include "sinks/kafka/admin.h"
#include "sinks/kafka/settings.h"

namespace oncegate::kafka {

/// Makes the topic where it is missing. kRefused: it is there, and would forget marks or not keep
/// their order.
SinkStatus EnsureLedgerTopic(rd_kafka_t* client, const KafkaSettings& settings);

}  // namespace oncegate::kafka
