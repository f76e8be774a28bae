#include "bench/raw_kafka.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <map>
#include <memory>
#include <stdexcept>

#include "server/load/rows.h"

namespace oncegate::bench {
namespace {

constexpr int kTimeoutMs = 30'000;
constexpr int kQueuePollMs = 10;

void Check(rd_kafka_error_t* error) {
  if (error == nullptr) return;
  const std::string text = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  throw std::runtime_error(text);
}

rd_kafka_t* MakeProducer(const std::map<std::string, std::string>& properties) {
  std::array<char, 256> text{};
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [name, value] : properties) {
    rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size());
  }
  rd_kafka_conf_set_log_cb(conf, nullptr);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  if (client == nullptr) throw std::runtime_error(text.data());
  return client;
}

class Producer {
 public:
  Producer(const std::string& brokers, const std::string& name)
      : name_(name),
        client_(MakeProducer({{"bootstrap.servers", brokers},
                              {"transactional.id", name},
                              {"compression.type", "lz4"},
                              {"partitioner", "murmur2_random"}}),
                &rd_kafka_destroy) {
    Check(rd_kafka_init_transactions(client_.get(), kTimeoutMs));
    // The first transaction waits for the client to find its brokers.
    Load(0, 1);
  }

  void Load(std::uint64_t first_row, std::uint32_t rows) {
    Check(rd_kafka_begin_transaction(client_.get()));
    for (std::uint64_t row = first_row; row < first_row + rows; ++row) {
      rd_kafka_headers_t* const headers = rd_kafka_headers_new(4);
      AddHeader(headers, "op", "upsert");
      AddHeader(headers, "producer-id", name_);
      AddHeader(headers, "producer-epoch", "0");
      AddHeader(headers, "producer-seq", std::to_string(row));
      Send(kRawKafkaTopic, RowKey(row), RowValue(row), headers);
    }
    Send(kRawKafkaLedger, name_, std::to_string(first_row), nullptr);
    Check(rd_kafka_commit_transaction(client_.get(), kTimeoutMs));
  }

 private:
  static void AddHeader(rd_kafka_headers_t* headers, const char* name, const std::string& value) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  }

  /// Takes over the headers.
  void Send(const char* topic, const std::string& key, const std::string& value,
            rd_kafka_headers_t* headers) {
    for (;;) {
      const rd_kafka_resp_err_t code = rd_kafka_producev(
          client_.get(), RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key.data(), key.size()),
          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) throw std::runtime_error(rd_kafka_err2str(code));
      rd_kafka_poll(client_.get(), kQueuePollMs);
    }
  }

  const std::string name_;
  std::unique_ptr<rd_kafka_t, void (*)(rd_kafka_t*)> client_;
};

}  // namespace

double RunRawKafka(const std::string& brokers, const RawRun& run) {
  return RunRaw(run, [&](std::uint32_t number) -> WriteGroup {
    const auto producer = std::make_shared<Producer>(brokers, "raw-" + std::to_string(number));
    return [producer, rows = run.rows_per_group](std::uint64_t first_row) {
      producer->Load(first_row, rows);
    };
  });
}

}  // namespace oncegate::bench
