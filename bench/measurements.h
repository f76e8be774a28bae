// The measurements, one file each. Each brings its own base of comparison.
#pragma once

#include "bench/bench.h"

namespace oncegate::bench {

/// Bulk loading against a raw loader.
void MeasureBulk(Bench* bench);
/// The same for every other sink, each on a server of its own.
void MeasureMysql(Bench* bench);
void MeasureRedis(Bench* bench);
void MeasureKafka(Bench* bench);
void MeasureWebhook(Bench* bench);
void MeasureFiles(Bench* bench);
/// One event a request against one upsert a transaction.
void MeasureSingle(Bench* bench);
/// Duplicates, resent in bulk.
void MeasureDuplicates(Bench* bench);
/// Latency at half of the peak rate against a bare commit.
void MeasureLatency(Bench* bench);
/// Sequences with many gaps against sequences in order.
void MeasureOutOfOrder(Bench* bench);
/// Fingerprints against none.
void MeasureFingerprints(Bench* bench);
/// The append target against the document target.
void MeasureAppend(Bench* bench);
/// What a journal does once the sink is back against what goes there directly.
void MeasureJournal(Bench* bench);
/// Twice of what can be done.
void MeasureOverload(Bench* bench);
/// Rate and memory against the number of producers.
void MeasureByProducers(Bench* bench);
/// Rate against the size of requests and transactions.
void MeasureByGroup(Bench* bench);
/// Rate against the number of lanes.
void MeasureByLanes(Bench* bench);
/// Rate against the size of events.
void MeasureBySize(Bench* bench);

}  // namespace oncegate::bench
