// Producer: one transactional producer. Whoever initialises the same transactional id later fences
// it, and ends what it left open.
//
// Used by one thread at a time; every call is bounded by the timeouts of the settings.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/kafka/client.h"
#include "sinks/kafka/settings.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

struct Header {
  std::string_view name;
  std::string value;
};

struct Message {
  std::string topic;
  std::optional<int> partition;         // Empty: by the key, as Java's default partitioner has it.
  std::optional<std::string_view> key;  // Empty: none.
  std::optional<std::string_view> value;  // Empty: a tombstone.
  std::vector<Header> headers;
};

/// What a message takes of message_bytes_max, rounded up.
std::size_t BytesOf(const Message& message);

class Producer {
 public:
  /// Makes the client; Initialize has to follow before anything else but handle().
  static SinkResult<std::unique_ptr<Producer>> Make(const KafkaSettings& settings,
                                                    const std::string& transactional_id);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer();

  /// For calls that are no part of a transaction.
  rd_kafka_t* handle() const { return client_.get(); }

  /// Fences every earlier producer of this id. What they committed can be read by anybody who
  /// starts to read after this; what they had not committed never can.
  SinkStatus Initialize();

  /// Opens a transaction unless one is open.
  SinkStatus Begin();
  bool IsOpen() const { return open_; }
  /// Queues; errors of the broker show in Flush.
  SinkStatus Send(const Message& message);
  /// Returns once the brokers took everything, or one message failed.
  SinkStatus Flush();
  /// Precondition: Flush succeeded after the last Send. kAborted is never answered: once the end of
  /// a transaction was asked for, only reading can tell that it did not come.
  CommitOutcome Commit();
  /// False if the producer can not be used any more; the transaction is not committed either way.
  bool Abort();

  /// The last error said that a later producer has the id.
  bool was_fenced() const { return was_fenced_; }
  /// The brokers have forgotten the id (transactional.id.expiration.ms). The client would take it
  /// anew by itself, and nobody could tell whether somebody else had it in between.
  bool was_forgotten() const { return was_forgotten_; }

 private:
  Producer(const KafkaSettings& settings);
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  /// A message for a topic that the client has not heard of waits for a second.
  void LearnTopic(const std::string& topic);
  /// Why nothing moves: a topic of the open transaction that can not be found or looked at.
  SinkStatus CheckTopics();
  /// Messages that were dropped do not know why.
  rd_kafka_resp_err_t WhyDropped() const;
  SinkError Fail(rd_kafka_resp_err_t code, std::string_view doing, std::string_view text = "");
  SinkError Fail(const Owned<rd_kafka_error_t>& error, std::string_view doing);

  const std::chrono::milliseconds connect_timeout_;
  const std::chrono::milliseconds transaction_timeout_;
  Owned<rd_kafka_t> client_;
  std::set<std::string> known_topics_;
  bool open_ = false;
  bool was_fenced_ = false;
  bool was_forgotten_ = false;
  /// Of the open transaction.
  std::chrono::steady_clock::time_point deadline_;
  rd_kafka_resp_err_t delivery_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string failed_topic_;
  std::set<std::string> topics_;
};

}  // namespace oncegate::kafka
