#include "sinks/kafka/kafka_sink.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "sinks/kafka/client.h"
#include "sinks/kafka/ledger_topic.h"
#include "sinks/kafka/ownership.h"
#include "sinks/kafka/session.h"
#include "sinks/kafka/settings.h"

namespace oncegate {
namespace {

using std::chrono::steady_clock;

class KafkaSink final : public Sink {
 public:
  explicit KafkaSink(kafka::KafkaSettings settings) : settings_(std::move(settings)) {}

  SinkResult<std::unique_ptr<SinkSession>> Connect() override {
    const steady_clock::time_point asked_at = steady_clock::now();
    const std::lock_guard lock(mutex_);
    // Whoever waited while another lane found the brokers away has waited long enough.
    if (failure_ && failed_at_ > asked_at) return *failure_;
    SinkResult<std::unique_ptr<SinkSession>> session = Open();
    failure_.reset();
    if (!session) {
      failure_ = session.error();
      failed_at_ = steady_clock::now();
    }
    return session;
  }

  // Each lane costs a producer; while one waits for the brokers the others judge and send.
  std::uint32_t DefaultLanes() const override { return 4; }

 private:
  SinkResult<std::unique_ptr<SinkSession>> Open() {
    if (SinkStatus owned = EnsureOwnership(); !owned) return owned.error();
    SinkResult<std::unique_ptr<kafka::Producer>> producer = ownership_->TakeProducer();
    if (!producer) return producer.error();
    return std::make_unique<kafka::KafkaSession>(settings_, ownership_, std::move(*producer));
  }

  SinkStatus EnsureOwnership() {
    if (ownership_ && !ownership_->HasEnded()) return {};
    if (ownership_ && ownership_->IsTakenOver()) {
      stands_by_until_ = steady_clock::now() + settings_.standby_timeout;
    }
    ownership_.reset();
    if (steady_clock::now() < stands_by_until_) {
      return SinkError{SinkErrorClass::kConnection,
                       "another instance writes to this sink (ledger topic " +
                           settings_.ledger_topic + "); this one stands by",
                       ""};
    }
    if (SinkStatus topic = EnsureTopic(); !topic) return topic;
    SinkResult<std::shared_ptr<kafka::Ownership>> taken = kafka::Ownership::Take(settings_);
    if (!taken) return taken.error();
    ownership_ = std::move(*taken);
    return {};
  }

  SinkStatus EnsureTopic() const {
    const auto client = kafka::MakeClient(RD_KAFKA_PRODUCER, settings_.client, nullptr, nullptr);
    if (!client) return client.error();
    return kafka::EnsureLedgerTopic(client->get(), settings_);
  }

  const kafka::KafkaSettings settings_;
  std::mutex mutex_;
  std::shared_ptr<kafka::Ownership> ownership_;  // Guarded by mutex_.
  steady_clock::time_point stands_by_until_;     // Guarded by mutex_.
  std::optional<SinkError> failure_;             // Guarded by mutex_.
  steady_clock::time_point failed_at_;           // Guarded by mutex_.
};

std::vector<OptionFault> Check(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  kafka::ReadSettings(options, &faults);
  return faults;
}

Result<std::unique_ptr<Sink>> Make(const SinkOptions& options) {
  std::vector<OptionFault> faults;
  return std::unique_ptr<Sink>(std::make_unique<KafkaSink>(kafka::ReadSettings(options, &faults)));
}

}  // namespace

const SinkType kKafkaSinkType{"kafka",
                              &Check,
                              &Make,
                              /*only_target=*/std::nullopt,
                              /*has_columns=*/false,
                              /*needs_dead_letters=*/false,
                              &kafka::TopicFault};

}  // namespace oncegate
