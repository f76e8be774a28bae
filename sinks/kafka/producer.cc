#include "sinks/kafka/producer.h"

#include <utility>

#include "sinks/kafka/admin.h"
#include "sinks/kafka/error.h"

namespace oncegate::kafka {
namespace {

using std::chrono::steady_clock;

constexpr int kQueuePollMs = 20;
// Messages that are not taken for so long may be for a topic that is gone.
constexpr std::chrono::milliseconds kTopicCheck{500};
/// What a record and its batch add to the bytes of its fields, at most.
constexpr std::size_t kRecordOverheadBytes = 100;
constexpr std::size_t kHeaderOverheadBytes = 8;

template <typename Call>
Owned<rd_kafka_error_t> CallUntil(steady_clock::time_point deadline, Call call) {
  for (;;) {
    Owned<rd_kafka_error_t> error(call(MillisecondsUntil(deadline)));
    if (error == nullptr || rd_kafka_error_is_retriable(error.get()) == 0 ||
        steady_clock::now() >= deadline) {
      return error;
    }
  }
}

/// A field as librdkafka takes it: a null pointer is none, which an empty field is not.
struct Field {
  const char* bytes = nullptr;
  std::size_t size = 0;
};

Field FieldOf(const std::optional<std::string_view>& text) {
  if (!text) return {};
  return {text->empty() ? "" : text->data(), text->size()};
}

}  // namespace

std::size_t BytesOf(const Message& message) {
  std::size_t bytes = kRecordOverheadBytes;
  if (message.key) bytes += message.key->size();
  if (message.value) bytes += message.value->size();
  for (const Header& header : message.headers) {
    bytes += header.name.size() + header.value.size() + kHeaderOverheadBytes;
  }
  return bytes;
}

Producer::Producer(const KafkaSettings& settings)
    : connect_timeout_(settings.connect_timeout),
      transaction_timeout_(settings.transaction_timeout) {}

Producer::~Producer() {
  // What is still queued belongs to a transaction that nobody will commit.
  if (client_ == nullptr) return;
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

SinkResult<std::unique_ptr<Producer>> Producer::Make(const KafkaSettings& settings,
                                                     const std::string& transactional_id) {
  std::unique_ptr<Producer> producer(new Producer(settings));
  Properties properties = settings.client;
  properties.insert(settings.producer.begin(), settings.producer.end());
  properties["transactional.id"] = transactional_id;
  SinkResult<Owned<rd_kafka_t>> client =
      MakeClient(RD_KAFKA_PRODUCER, properties, &Producer::OnDelivery, producer.get());
  if (!client) return client.error();
  producer->client_ = std::move(*client);
  return producer;
}

void Producer::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* const producer = static_cast<Producer*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  // What the end of a transaction takes along says nothing about why it ended.
  if (producer->delivery_error_ != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  producer->delivery_error_ = message->err;
  producer->failed_topic_ = rd_kafka_topic_name(message->rkt);
}

rd_kafka_resp_err_t Producer::WhyDropped() const {
  // While one is open a further one can not begin; the answer is the error that ended the open one.
  const Owned<rd_kafka_error_t> error(rd_kafka_begin_transaction(client_.get()));
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
  const bool tells = code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__STATE;
  return tells ? code : RD_KAFKA_RESP_ERR__PURGE_QUEUE;
}

SinkError Producer::Fail(rd_kafka_resp_err_t code, std::string_view doing, std::string_view text) {
  rd_kafka_resp_err_t cause = code;
  if (code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE) {
    const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client_.get(), nullptr, 0);
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) cause = fatal;
  }
  if (cause == RD_KAFKA_RESP_ERR__PURGE_QUEUE && open_) cause = WhyDropped();
  was_fenced_ = was_fenced_ || IsFenced(cause);
  was_forgotten_ = was_forgotten_ || cause == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING;
  return ToSinkError(cause, doing, text);
}

SinkError Producer::Fail(const Owned<rd_kafka_error_t>& error, std::string_view doing) {
  return Fail(rd_kafka_error_code(error.get()), doing, rd_kafka_error_string(error.get()));
}

SinkStatus Producer::Initialize() {
  const auto error = CallUntil(steady_clock::now() + connect_timeout_, [this](int timeout_ms) {
    return rd_kafka_init_transactions(client_.get(), timeout_ms);
  });
  if (error == nullptr) return {};
  SinkError failed = Fail(error, "taking a transactional id");
  failed.error_class = SinkErrorClass::kConnection;
  return failed;
}

SinkStatus Producer::Begin() {
  if (open_) return {};
  const Owned<rd_kafka_error_t> error(rd_kafka_begin_transaction(client_.get()));
  if (error != nullptr) return Fail(error, "beginning a transaction");
  open_ = true;
  delivery_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  topics_.clear();
  deadline_ = steady_clock::now() + transaction_timeout_;
  return {};
}

void Producer::LearnTopic(const std::string& topic) {
  if (known_topics_.contains(topic)) return;
  // Whether it is there shows when it is written to.
  const auto timeout = std::chrono::milliseconds(MillisecondsUntil(deadline_)) / 2;
  if (CountPartitions(client_.get(), topic, timeout)) known_topics_.insert(topic);
}

SinkStatus Producer::CheckTopics() {
  for (const std::string& topic : topics_) {
    const auto found = CountPartitions(client_.get(), topic, kTopicCheck);
    if (found || found.error().error_class != SinkErrorClass::kStream) continue;
    known_topics_.erase(topic);
    return found.error();
  }
  return {};
}

SinkStatus Producer::Send(const Message& message) {
  LearnTopic(message.topic);
  topics_.insert(message.topic);
  rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
  for (const Header& header : message.headers) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  const Field key = FieldOf(message.key);
  const Field value = FieldOf(message.value);
  for (;;) {
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_TOPIC(message.topic.c_str()),
        RD_KAFKA_V_PARTITION(message.partition.value_or(RD_KAFKA_PARTITION_UA)),
        RD_KAFKA_V_KEY(key.bytes, key.size),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.bytes), value.size), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && steady_clock::now() < deadline_) {
      rd_kafka_poll(client_.get(), kQueuePollMs);
      continue;
    }
    rd_kafka_headers_destroy(headers);
    return Fail(code, "queueing a message for " + message.topic);
  }
}

SinkStatus Producer::Flush() {
  if (!open_) return {};
  // By short waits: once a message failed, those behind it are not sent any more.
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  steady_clock::time_point check_at = steady_clock::now() + kTopicCheck;
  while (code == RD_KAFKA_RESP_ERR__TIMED_OUT && steady_clock::now() < deadline_) {
    if (steady_clock::now() >= check_at) {
      if (SinkStatus checked = CheckTopics(); !checked) return checked;
      check_at = steady_clock::now() + kTopicCheck;
    }
    code = rd_kafka_flush(client_.get(), kQueuePollMs);
    if (delivery_error_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(delivery_error_, "writing to topic " + failed_topic_);
    }
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(code, "waiting for the brokers");
  return {};
}

CommitOutcome Producer::Commit() {
  open_ = false;
  const auto error = CallUntil(deadline_ + transaction_timeout_, [this](int timeout_ms) {
    return rd_kafka_commit_transaction(client_.get(), timeout_ms);
  });
  if (error == nullptr) return CommitOutcome::kCommitted;
  static_cast<void>(Fail(error, "committing"));
  return CommitOutcome::kInDoubt;
}

bool Producer::Abort() {
  if (!open_) return true;
  open_ = false;
  const auto error = CallUntil(steady_clock::now() + transaction_timeout_, [this](int timeout_ms) {
    return rd_kafka_abort_transaction(client_.get(), timeout_ms);
  });
  if (error == nullptr) return true;
  static_cast<void>(Fail(error, "taking a transaction back"));
  return false;
}

}  // namespace oncegate::kafka
