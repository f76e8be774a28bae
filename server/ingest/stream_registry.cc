#include "server/ingest/stream_registry.h"

#include <mutex>
#include <utility>

namespace oncegate {
namespace {

FoundStream Found(const std::shared_ptr<StreamRuntime>& runtime) {
  return {StreamLookup::kFound, std::shared_ptr<const StreamSpec>(runtime, &runtime->spec)};
}

}  // namespace

StreamRegistry::StreamRegistry(Settings settings, IngestObserver* observer)
    : settings_(std::move(settings)), observer_(observer) {}

std::shared_ptr<StreamRuntime> StreamRegistry::Find(std::string_view name) const {
  std::shared_lock lock(mutex_);
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : found->second;
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
  auto runtime = std::make_shared<StreamRuntime>(spec, &observer_->ForStream(spec.name));
  streams_.emplace(spec.name, runtime);
  if (spec.implicit) ++implicit_;
  return runtime;
}

std::vector<std::shared_ptr<StreamRuntime>> StreamRegistry::List() const {
  std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<StreamRuntime>> all;
  all.reserve(streams_.size());
  for (const auto& [name, runtime] : streams_) all.push_back(runtime);
  return all;
}

}  // namespace oncegate
