// Raw Kafka: what one writes by hand for one job on Kafka: a transactional producer, and one
// transaction per group with a message a row and a ledger record.
#pragma once

#include <string>

#include "bench/raw_run.h"

namespace oncegate::bench {

inline constexpr char kRawKafkaTopic[] = "raw_rows";
inline constexpr char kRawKafkaLedger[] = "raw_ledger";

/// Committed rows per second into the two topics, which are there. The messages are compressed and
/// distributed as those of the sink.
double RunRawKafka(const std::string& brokers, const RawRun& run);

}  // namespace oncegate::bench
