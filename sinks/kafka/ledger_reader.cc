#include "sinks/kafka/ledger_reader.h"

#include <utility>

#include "sinks/kafka/admin.h"
#include "sinks/kafka/error.h"

namespace oncegate::kafka {
namespace {

constexpr int kPollMs = 100;
constexpr char kDoing[] = "reading the ledger back";

std::string_view View(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), size};
}

SinkError Unavailable(rd_kafka_resp_err_t code) {
  SinkError error = ToSinkError(code, kDoing);
  error.error_class = SinkErrorClass::kConnection;
  return error;
}

}  // namespace

LedgerReader::LedgerReader(const KafkaSettings& settings, Owned<rd_kafka_t> client)
    : timeout_(settings.connect_timeout),
      client_(std::move(client)),
      topic_(rd_kafka_topic_new(client_.get(), settings.ledger_topic.c_str(), nullptr)) {}

LedgerReader::~LedgerReader() {
  if (reads_) rd_kafka_consume_stop(topic_.get(), kLedgerPartition);
}

SinkResult<std::unique_ptr<LedgerReader>> LedgerReader::Make(const KafkaSettings& settings) {
  Properties properties = settings.client;
  properties["isolation.level"] = "read_committed";
  // A log that is not what it was must not be skipped.
  properties["auto.offset.reset"] = "error";
  properties["fetch.wait.max.ms"] = std::to_string(kPollMs);
  properties["fetch.error.backoff.ms"] = std::to_string(kPollMs);
  properties["check.crcs"] = "true";
  SinkResult<Owned<rd_kafka_t>> client =
      MakeClient(RD_KAFKA_CONSUMER, properties, nullptr, nullptr);
  if (!client) return client.error();
  std::unique_ptr<LedgerReader> reader(new LedgerReader(settings, std::move(*client)));
  // A partition of a topic that the client has not heard of is looked for twice a second.
  if (const SinkResult<int> known =
          CountPartitions(reader->client_.get(), settings.ledger_topic, settings.connect_timeout);
      !known) {
    return known.error();
  }
  if (rd_kafka_consume_start(reader->topic_.get(), kLedgerPartition, RD_KAFKA_OFFSET_BEGINNING) !=
      0) {
    return Unavailable(rd_kafka_last_error());
  }
  reader->reads_ = true;
  return reader;
}

SinkStatus LedgerReader::ReadUntil(std::string_view key, std::string_view value,
                                   const OnRecord& on_record, const OnQuiet& on_quiet) {
  auto deadline = std::chrono::steady_clock::now() + timeout_;
  for (;;) {
    const Owned<rd_kafka_message_t> message(
        rd_kafka_consume(topic_.get(), kLedgerPartition, kPollMs));
    if (message == nullptr) {
      const SinkResult<bool> helped = on_quiet();
      if (!helped) return helped.error();
      if (*helped) deadline = std::chrono::steady_clock::now() + timeout_;
      if (std::chrono::steady_clock::now() < deadline) continue;
      return Unavailable(RD_KAFKA_RESP_ERR__TIMED_OUT);
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return Unavailable(message->err);
    const std::string_view read_key = View(message->key, message->key_len);
    std::optional<std::string_view> read_value;
    if (message->payload != nullptr) read_value = View(message->payload, message->len);
    on_record(read_key, read_value);
    if (read_key == key && read_value == value) return {};
    deadline = std::chrono::steady_clock::now() + timeout_;
  }
}

}  // namespace oncegate::kafka
