#include <cstdio>

#include "bench/comparison.h"
#include "bench/measurements.h"
#include "bench/raw_files.h"
#include "bench/raw_kafka.h"
#include "bench/raw_mysql.h"
#include "bench/raw_redis.h"
#include "bench/raw_webhook.h"
#include "tests/support/kafka_client.h"
#include "tests/support/kafka_server.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/webhook_receiver.h"

namespace oncegate::bench {
namespace {

// As many as the sink has lanes.
constexpr int kKafkaPartitions = 4;

std::string TableOf(const std::string& type, const std::string& settings) {
  return "[sinks.main]\ntype = \"" + type + "\"\n" + settings + "\n";
}

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

SubjectOptions KafkaSubject(const test::KafkaServer& server, const std::string& target) {
  const std::string defaults = "[stream_defaults]\ntarget = " + Quoted(target) + "\n";
  const std::string sink =
      TableOf("kafka", "brokers = " + Quoted(server.Brokers()) +
                           "\nledger_topic = " + Quoted("ledger-" + target) +
                           "\npartitions = " + std::to_string(kKafkaPartitions));
  return {.sink = SinkKind::kGiven,
          .config = defaults + sink,
          .sink_process = server.process(),
          // A topic belongs to one ledger.
          .stream_prefix = target + "_"};
}

/// What is under way, divided among the connections.
RawRun DividedRun(const Bench& bench, std::uint32_t connections) {
  return {connections, kRowsUnderWay / connections, bench.settings().round};
}

}  // namespace

void MeasureMysql(Bench* bench) {
  test::MariadbServer server(
      {.options = {"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G"}});
  const std::string database = server.CreateDatabase();
  const auto load = [&](std::uint32_t connections) {
    return RunRawMysql(server.port(), database,
                       {connections, kRowsUnderWay, bench->settings().round});
  };
  const std::uint32_t connections = BestConnections(bench, "raw loader", load);
  Compare(bench,
          {.sink = "MariaDB",
           .raw = "raw loader",
           .raw_detail = "4000 rows a transaction",
           .how = "array-bound INSERT … ON DUPLICATE KEY UPDATE and a ledger row, 4000 rows a "
                  "transaction, its best of 1 to 4 connections",
           .load = [&] { return load(connections); },
           .target = 0.6,
           .subject = {.sink = SinkKind::kGiven,
                       .config = TableOf("mysql", "url = " + Quoted(server.Url(database))),
                       .sink_process = server.process()}});
}

void MeasureRedis(Bench* bench) {
  // A rewrite of the log would fall upon whoever has his turn.
  test::RedisServer server({"--auto-aof-rewrite-percentage", "0"});
  const auto load = [&](std::uint32_t connections) {
    return RunRawRedis(server.port(), {connections, kRowsUnderWay, bench->settings().round});
  };
  const std::uint32_t connections = BestConnections(bench, "raw pipeline", load);
  Compare(bench,
          {.sink = "Redis",
           .raw = "raw pipeline",
           .raw_detail = "4000 rows a transaction",
           .how = "pipelined MULTI, a SET a row, an HSET for the ledger, EXEC; no guard that "
                  "keeps an older event from overwriting a newer one; appendfsync always; "
                  "its best of 1 to 4 connections",
           .load = [&] { return load(connections); },
           .subject = {.sink = SinkKind::kGiven,
                       .config = TableOf("redis", "url = " + Quoted(server.Url())),
                       .sink_process = server.process()}});
}

void MeasureKafka(Bench* bench) {
  if (const std::string reason = test::KafkaServer::WhyMissing(); !reason.empty()) {
    std::fprintf(stderr, "%s\n", reason.c_str());
    bench->results().Skip("a broker can not be had here");
    return;
  }
  test::KafkaServer server;
  test::MakeTopic(server.Brokers(), kRawKafkaTopic, {.partitions = kKafkaPartitions});
  test::MakeTopic(server.Brokers(), kRawKafkaLedger, {.settings = {{"cleanup.policy", "compact"}}});
  const auto load = [&](std::uint32_t connections) {
    return RunRawKafka(server.Brokers(), DividedRun(*bench, connections));
  };
  const std::uint32_t connections = BestConnections(bench, "raw producers", load);
  for (const std::string target : {"append", "document"}) {
    Compare(bench, {.sink = "Kafka, target " + target,
                    .raw = "raw producers",
                    .raw_detail = "4000 messages under way",
                    .how = "transactional producers, a message a row and a ledger record, 4000 "
                           "messages in the open transactions of all; their best of 1 to 4; one "
                           "broker, which syncs when it likes, for both sides",
                    .load = [&] { return load(connections); },
                    .subject = KafkaSubject(server, target)});
  }
}

void MeasureWebhook(Bench* bench) {
  test::WebhookReceiver receiver;
  const auto run = [&](std::uint32_t connections, bool with_log) {
    RawWebhook webhook{.port = receiver.port()};
    if (with_log) webhook.log_folder = bench->NewFolder();
    const double rate = RunRawWebhook(webhook, DividedRun(*bench, connections));
    if (with_log) std::filesystem::remove_all(webhook.log_folder);
    receiver.Forget();
    return rate;
  };
  const std::uint32_t connections =
      BestConnections(bench, "raw client", [&](std::uint32_t count) { return run(count, true); });
  Compare(bench,
          {.sink = "webhook",
           .raw = "raw client",
           .raw_detail = "500 events a request, with a log",
           .how = "keep-alive connections to the same receiver, 500 events a request; requests and "
                  "that they were delivered in a log that is synced twice a group, 4000 events in "
                  "the groups of all; its best of 1 to 4 connections; no ledger",
           .load = [&] { return run(connections, true); },
           .subject = {.sink = SinkKind::kGiven,
                       .config = "[stream_defaults]\non_reject = \"dead_letter\"\n" +
                                 TableOf("webhook", "url = " + Quoted(receiver.Url()) +
                                                        "\nbatch = true\nbatch_events = 500")},
           .other_load = [&] { return run(connections, false); },
           .other_detail = "without a log: what is under way dies with it"});
}

void MeasureFiles(Bench* bench) {
  const std::filesystem::path lake = bench->NewFolder() / "lake";
  const auto load = [bench](std::uint32_t connections) {
    const std::filesystem::path folder = bench->NewFolder();
    const double rate = RunRawFiles(folder, {connections, kRowsUnderWay, bench->settings().round});
    std::filesystem::remove_all(folder);
    return rate;
  };
  const std::uint32_t writers = BestConnections(bench, "raw writers", load);
  Compare(bench,
          {.sink = "files",
           .raw = "raw writers",
           .raw_detail = "4000 lines a frame",
           .how = "lines of JSON, a zstd frame and an fsync for 4000 of them; no ledger; the best "
                  "of 1 to 4 threads with a part each",
           .load = [&] { return load(writers); },
           .subject = {.sink = SinkKind::kGiven,
                       .config = TableOf("files", "path = " + Quoted(lake.string()))}});
  std::filesystem::remove_all(lake.parent_path());
}

}  // namespace oncegate::bench
