#include "server/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "server/metrics/families.h"
#include "server/metrics/http_metrics.h"
#include "server/metrics/process_collector.h"
#include "server/metrics/sink_metrics.h"
#include "server/metrics/stream_metrics.h"

namespace oncegate {
namespace {

/// The observer of that name, made on first use.
template <typename Observer>
Observer& FindOrMake(std::map<std::string, std::unique_ptr<Observer>, std::less<>>* observers,
                     std::string_view name, Families* families) {
  auto found = observers->find(name);
  if (found == observers->end()) {
    std::string owned(name);
    auto observer = std::make_unique<Observer>(*families, owned);
    found = observers->emplace(std::move(owned), std::move(observer)).first;
  }
  return *found->second;
}

}  // namespace

struct Metrics::Impl {
  Impl(Clock* clock_in, MetricsSources sources_in)
      : clock(clock_in), sources(std::move(sources_in)), store(families), http(families) {}

  void SetJournal(const std::vector<JournalPending>& pending) {
    // Add gives the gauge that is there already.
    for (const JournalPending& stream : pending) {
      const prometheus::Labels labels{{"stream", stream.stream}};
      families.journal_pending_events.Add(labels).Set(static_cast<double>(stream.events));
      families.journal_pending_bytes.Add(labels).Set(static_cast<double>(stream.bytes));
      families.journal_oldest_pending.Add(labels).Set(stream.oldest_seconds);
    }
  }

  /// Holding the mutex.
  void SetSinks(const std::vector<SinkCondition>& all,
                const std::map<std::string, DeliveryReport>& reports) {
    for (const SinkCondition& condition : all) {
      auto found = conditions.find(condition.sink);
      if (found == conditions.end()) {
        auto made = std::make_unique<SinkConditionMetrics>(families, condition);
        found = conditions.emplace(condition.sink, std::move(made)).first;
      }
      found->second->Set(condition);
    }
    for (const auto& [sink, report] : reports) {
      FindOrMake(&deliveries, sink, &families).Set(report);
    }
  }

  Clock* const clock;
  const MetricsSources sources;
  Families families;
  ProcessCollector process;
  StoreMetrics store;
  HttpMetrics http;
  prometheus::Gauge& store_bytes = families.store_bytes.Add({});
  prometheus::Gauge& ready = families.ready.Add({});

  std::mutex mutex;  // Owns the maps, the streams' Refresh, and the Set of what is asked.
  std::map<std::string, std::unique_ptr<StreamMetrics>, std::less<>> streams;
  std::map<std::string, std::unique_ptr<SinkMetrics>, std::less<>> sinks;
  std::map<std::string, std::unique_ptr<SinkConditionMetrics>, std::less<>> conditions;
  std::map<std::string, std::unique_ptr<DeliveryMetrics>, std::less<>> deliveries;
};

Metrics::Metrics(std::string_view version, Clock* clock, MetricsSources sources)
    : impl_(std::make_unique<Impl>(clock, std::move(sources))) {
  impl_->families.build_info.Add({{"version", std::string(version)}}).Set(1);
}

Metrics::~Metrics() = default;

StreamObserver& Metrics::ForStream(std::string_view stream) {
  std::lock_guard lock(impl_->mutex);
  return FindOrMake(&impl_->streams, stream, &impl_->families);
}

SinkObserver& Metrics::ForSink(std::string_view sink) {
  std::lock_guard lock(impl_->mutex);
  return FindOrMake(&impl_->sinks, sink, &impl_->families);
}

StoreObserver& Metrics::ForStore() { return impl_->store; }

HttpObserver& Metrics::ForHttp() { return impl_->http; }

std::string Metrics::Render() {
  impl_->store_bytes.Set(static_cast<double>(impl_->sources.store_bytes()));
  if (impl_->sources.journal) impl_->SetJournal(impl_->sources.journal());
  impl_->ready.Set(impl_->sources.ready() ? 1 : 0);
  const std::vector<SinkCondition> sinks = impl_->sources.sinks();
  const std::map<std::string, DeliveryReport> deliveries = impl_->sources.deliveries();
  {
    std::lock_guard lock(impl_->mutex);
    impl_->SetSinks(sinks, deliveries);
    const SteadyTime now = impl_->clock->Now();
    for (const auto& [name, stream] : impl_->streams) stream->Refresh(now);
  }
  std::vector<prometheus::MetricFamily> families = impl_->families.registry.Collect();
  for (prometheus::MetricFamily& family : impl_->process.Collect()) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace oncegate
