#include "sinks/kafka/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "sinks/common/options.h"

namespace oncegate::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRequestTimeoutFallback{10'000};
// librdkafka refuses a transaction.timeout.ms below 1 s.
constexpr milliseconds kTransactionTimeoutMin{1'000};
constexpr milliseconds kTimeoutMax{900'000};
constexpr milliseconds kConnectTimeoutMin{500};
constexpr milliseconds kConnectTimeoutDefaultMax{10'000};
constexpr milliseconds kStandbyDefault{30'000};
constexpr std::size_t kBatchBytesMax = 1'000'000;
// The ledger keeps the last value of a key of version streams.
constexpr int kMessageBytesMax = 20'000'000;
static_assert(kMessageBytesMax + kLedgerRecordOverheadBytes < kLedgerRecordBytesMax);
constexpr std::size_t kTopicBytesMax = 249;
// Room for "-owner" and "-63" behind it.
constexpr std::size_t kLedgerTopicBytesMax = 200;

struct Choice {
  std::string_view name;
  std::string_view property;
};

constexpr std::array kSecurity{Choice{"plaintext", "plaintext"}, Choice{"tls", "ssl"},
                               Choice{"sasl_plaintext", "sasl_plaintext"},
                               Choice{"sasl_tls", "sasl_ssl"}};
constexpr std::array kMechanisms{Choice{"plain", "PLAIN"}, Choice{"scram-sha-256", "SCRAM-SHA-256"},
                                 Choice{"scram-sha-512", "SCRAM-SHA-512"}};
constexpr std::array kCompressions{Choice{"none", "none"}, Choice{"gzip", "gzip"},
                                   Choice{"snappy", "snappy"}, Choice{"lz4", "lz4"},
                                   Choice{"zstd", "zstd"}};
constexpr std::array kTopicModes{Choice{"create", "create"}, Choice{"existing", "existing"}};

class Reader {
 public:
  Reader(const SinkOptions& options, std::vector<OptionFault>* faults)
      : options_(options), faults_(faults) {}

  void Fault(std::string_view key, std::string message) {
    faults_->push_back({std::string(key), std::move(message)});
  }

  std::string Text(std::string_view key, std::string_view fallback = "") {
    const auto text = FindSetting(options_, key);
    if (!text) return std::string(fallback);
    if (text->empty() || text->find('\0') != std::string_view::npos) {
      Fault(key, "must not be empty nor hold a NUL character");
    }
    return std::string(*text);
  }

  template <std::size_t kSize>
  std::string_view OneOf(std::string_view key, const std::array<Choice, kSize>& choices,
                         std::string_view fallback) {
    const std::string_view name = FindSetting(options_, key).value_or(fallback);
    std::string names;
    for (const Choice& choice : choices) {
      if (choice.name == name) return choice.property;
      names += (names.empty() ? "" : ", ") + std::string(choice.name);
    }
    Fault(key, "must be one of " + names);
    return choices.front().property;
  }

  int Integer(std::string_view key, int least, int most, int fallback) {
    const auto text = FindSetting(options_, key);
    if (!text) return fallback;
    int number = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc{} && rest == end && number >= least && number <= most) return number;
    Fault(key, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    return fallback;
  }

  bool Has(std::string_view key) const { return FindSetting(options_, key).has_value(); }

 private:
  const SinkOptions& options_;
  std::vector<OptionFault>* const faults_;
};

void ReadSecurity(Reader* reader, std::map<std::string, std::string>* client) {
  const std::string_view protocol = reader->OneOf("security", kSecurity, "plaintext");
  (*client)["security.protocol"] = protocol;
  const bool sasl = protocol.starts_with("sasl");
  const bool tls = protocol.ends_with("ssl");
  for (const std::string_view key : {"sasl_mechanism", "user", "password"}) {
    if (reader->Has(key) == sasl) continue;
    reader->Fault(key, sasl ? "is missing; security says that the client logs in with a password"
                            : "needs security = \"sasl_tls\" or \"sasl_plaintext\"");
  }
  if (sasl) {
    (*client)["sasl.mechanisms"] = reader->OneOf("sasl_mechanism", kMechanisms, "scram-sha-512");
    (*client)["sasl.username"] = reader->Text("user");
    (*client)["sasl.password"] = reader->Text("password");
  }
  for (const auto& [key, property] :
       {Choice{"tls_ca", "ssl.ca.location"}, Choice{"tls_certificate", "ssl.certificate.location"},
        Choice{"tls_key", "ssl.key.location"}}) {
    if (!reader->Has(key)) continue;
    if (!tls) reader->Fault(key, "needs security = \"tls\" or \"sasl_tls\"");
    (*client)[std::string(property)] = reader->Text(key);
  }
  if (reader->Has("tls_certificate") != reader->Has("tls_key")) {
    reader->Fault(reader->Has("tls_key") ? "tls_certificate" : "tls_key",
                  "is missing; a client certificate and its key belong together");
  }
}

}  // namespace

bool IsTopicName(std::string_view name) {
  return !name.empty() && name.size() <= kTopicBytesMax && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::string TopicFault(std::string_view topic) {
  if (!IsTopicName(topic)) {
    return "must be the name of a topic: 1 to 249 letters, digits, \".\", \"_\" or \"-\"";
  }
  if (topic.starts_with("__")) return "names that begin with \"__\" belong to Kafka";
  if (topic.starts_with("oncegate_"))
    return "names that begin with \"oncegate_\" belong to ledgers";
  return "";
}

KafkaSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults) {
  CheckKnownSettings(
      options,
      {"brokers", "security", "sasl_mechanism", "user", "password", "tls_ca", "tls_certificate",
       "tls_key", "ledger_topic", "topics", "partitions", "replication_factor", "compression",
       "message_bytes_max", "connect_timeout", "transaction_timeout", "standby_timeout"},
      faults);
  Reader reader(options, faults);
  KafkaSettings settings;
  settings.client["bootstrap.servers"] = reader.Text("brokers");
  if (!reader.Has("brokers")) {
    reader.Fault("brokers", "is missing; write e.g. brokers = \"kafka-1:9092,kafka-2:9092\"");
  }
  settings.client["client.id"] = "oncegate";
  // The lanes have a backoff of their own.
  settings.client["reconnect.backoff.max.ms"] = "1000";
  ReadSecurity(&reader, &settings.client);
  settings.ledger_topic = reader.Text("ledger_topic", "oncegate-ledger-" + options.name);
  if (!IsTopicName(settings.ledger_topic) || settings.ledger_topic.size() > kLedgerTopicBytesMax) {
    reader.Fault("ledger_topic",
                 "must be the name of a topic: 1 to 200 letters, digits, \".\", \"_\" or \"-\"");
  }
  settings.creates_topics = reader.OneOf("topics", kTopicModes, "create") == "create";
  settings.partitions = reader.Integer("partitions", 1, 10'000, -1);
  settings.replication_factor = reader.Integer("replication_factor", 1, 100, -1);
  settings.message_bytes_max = static_cast<std::size_t>(
      reader.Integer("message_bytes_max", 10'000, kMessageBytesMax, 1'000'000));

  const milliseconds request =
      options.request_timeout.count() > 0 ? options.request_timeout : kRequestTimeoutFallback;
  settings.connect_timeout = DurationSetting(
      options, "connect_timeout", {kConnectTimeoutMin, kTimeoutMax},
      std::clamp(request / 2, kConnectTimeoutMin, kConnectTimeoutDefaultMax), faults);
  // Consumers of committed messages wait behind an open transaction of a process that hangs.
  const milliseconds transaction_max = std::max(request, kTransactionTimeoutMin);
  settings.transaction_timeout =
      DurationSetting(options, "transaction_timeout", {kTransactionTimeoutMin, transaction_max},
                      std::max(request / 2, kTransactionTimeoutMin), faults);
  settings.standby_timeout = DurationSetting(
      options, "standby_timeout", {milliseconds{100}, kTimeoutMax}, kStandbyDefault, faults);

  settings.producer["transaction.timeout.ms"] =
      std::to_string(settings.transaction_timeout.count());
  settings.producer["compression.type"] = reader.OneOf("compression", kCompressions, "lz4");
  // Of the ledger's records, which hold dead letters; of messages, the sink itself sees to it.
  settings.producer["message.max.bytes"] = std::to_string(kLedgerRecordBytesMax);
  settings.producer["batch.size"] =
      std::to_string(std::min(settings.message_bytes_max, kBatchBytesMax));
  // As the Java client distributes keys, so that other producers of the topic agree.
  settings.producer["partitioner"] = "murmur2_random";
  // How long a topic may seem unknown before its messages fail.
  settings.producer["topic.metadata.propagation.max.ms"] =
      std::to_string(settings.transaction_timeout.count() / 2);
  return settings;
}

}  // namespace oncegate::kafka
