#include "server/ingest/stream_registry.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "server/ingest/sink_share.h"

namespace oncegate {
namespace {

FoundStream Found(const std::shared_ptr<StreamRuntime>& runtime) {
  return {StreamLookup::kFound, std::shared_ptr<const StreamSpec>(runtime, &runtime->spec)};
}

std::shared_ptr<StreamRuntime> On(std::string_view sink,
                                  const std::shared_ptr<StreamRuntime>& stream) {
  if (stream->spec.sink == sink) return stream;
  for (const std::shared_ptr<StreamRuntime>& further : stream->further) {
    if (further->spec.sink == sink) return further;
  }
  return nullptr;
}

}  // namespace

StreamRegistry::StreamRegistry(Settings settings, IngestObserver* observer)
    : settings_(std::move(settings)), observer_(observer) {}

std::shared_ptr<StreamRuntime> StreamRegistry::Find(std::string_view name) const {
  std::shared_lock lock(mutex_);
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : found->second;
}

std::shared_ptr<StreamRuntime> StreamRegistry::FindOn(std::string_view name,
                                                      std::string_view sink) const {
  const std::shared_ptr<StreamRuntime> stream = Find(name);
  return stream ? On(sink, stream) : nullptr;
}

FoundStream StreamRegistry::Resolve(std::string_view name) const {
  if (const std::shared_ptr<StreamRuntime> runtime = Find(name)) return Found(runtime);
  if (!settings_.create_streams || !IsValidStreamName(name)) return {};
  {
    std::shared_lock lock(mutex_);
    if (implicit_ >= settings_.streams_max) return {StreamLookup::kLimitReached, nullptr};
  }
  auto candidate = std::make_shared<StreamSpec>(settings_.defaults);
  candidate->name = name;
  candidate->target.stream = name;
  candidate->target.table = name;
  candidate->implicit = true;
  return {StreamLookup::kFound, std::move(candidate)};
}

std::shared_ptr<StreamRuntime> StreamRegistry::Register(const StreamSpec& spec) {
  std::unique_lock lock(mutex_);
  if (const auto found = streams_.find(spec.name); found != streams_.end()) return found->second;
  if (spec.implicit && implicit_ >= settings_.streams_max) return nullptr;
  const std::shared_ptr<StreamRuntime> runtime = Make(spec);
  streams_.emplace(spec.name, runtime);
  if (spec.implicit) ++implicit_;
  return runtime;
}

std::shared_ptr<StreamRuntime> StreamRegistry::Make(const StreamSpec& spec) {
  StreamObserver* const observer = &observer_->ForStream(spec.name);
  if (spec.further_sinks.empty()) return std::make_shared<StreamRuntime>(spec, observer);
  std::vector<std::unique_ptr<StreamObserver>> observers =
      ObserveSinks(observer, 1 + spec.further_sinks.size());
  auto runtime = std::make_shared<StreamRuntime>(spec, observers.front().get());
  for (std::size_t i = 0; i < spec.further_sinks.size(); ++i) {
    runtime->further.push_back(std::make_shared<StreamRuntime>(SpecOn(spec.further_sinks[i], spec),
                                                               observers[i + 1].get()));
  }
  std::move(observers.begin(), observers.end(), std::back_inserter(observers_));
  return runtime;
}

std::vector<std::shared_ptr<StreamRuntime>> StreamRegistry::List() const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<StreamRuntime>> all;
  all.reserve(streams_.size());
  for (const auto& [name, runtime] : streams_) all.push_back(runtime);
  return all;
}

std::vector<std::shared_ptr<StreamRuntime>> StreamRegistry::ListOn(std::string_view sink) const {
  std::vector<std::shared_ptr<StreamRuntime>> all;
  for (const std::shared_ptr<StreamRuntime>& stream : List()) {
    if (std::shared_ptr<StreamRuntime> on = On(sink, stream)) all.push_back(std::move(on));
  }
  return all;
}

}  // namespace oncegate
