// LedgerReader: what is committed in the ledger topic, from its beginning on, in the order of
// commits of a key.
//
// Used by one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "sinks/kafka/client.h"
#include "sinks/kafka/settings.h"
#include "sinks/sink.h"

namespace oncegate::kafka {

/// The ledger has one partition, so that its records have one order.
inline constexpr int kLedgerPartition = 0;

class LedgerReader {
 public:
  /// Empty value: the record of this key was taken out.
  using OnRecord = std::function<void(std::string_view key, std::optional<std::string_view> value)>;

  /// Nothing came for a moment. True: it did something that may bring more.
  using OnQuiet = std::function<SinkResult<bool>()>;

  static SinkResult<std::unique_ptr<LedgerReader>> Make(const KafkaSettings& settings);
  LedgerReader(const LedgerReader&) = delete;
  LedgerReader& operator=(const LedgerReader&) = delete;
  ~LedgerReader();

  /// Gives every record up to the one with this key and value, which is committed already. Behind
  /// an open transaction, whosever it is, there is nothing to read. Fails once nothing came for
  /// connect_timeout.
  SinkStatus ReadUntil(std::string_view key, std::string_view value, const OnRecord& on_record,
                       const OnQuiet& on_quiet);

 private:
  LedgerReader(const KafkaSettings& settings, Owned<rd_kafka_t> client);

  const std::chrono::milliseconds timeout_;
  Owned<rd_kafka_t> client_;
  Owned<rd_kafka_topic_t> topic_;
  bool reads_ = false;
};

}  // namespace oncegate::kafka
