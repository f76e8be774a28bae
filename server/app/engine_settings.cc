#include "server/app/engine_settings.h"

#include <utility>

#include "dedupe/types/check.h"
#include "server/config/sink_options.h"
#include "sinks/registry.h"

namespace oncegate {
namespace {

TargetKind TargetKindOf(const std::string& target) {
  const std::optional<TargetKind> kind = ParseTargetKind(target);
  CHECK(kind.has_value());
  return *kind;
}

StreamSpec MakeStreamSpec(const StreamConfig& stream) {
  StreamSpec spec;
  spec.name = stream.name;
  spec.sink = stream.sink;
  for (const FurtherSinkConfig& further : stream.further_sinks) {
    spec.further_sinks.push_back({further.sink, TargetKindOf(further.target)});
  }
  spec.target = {stream.name, stream.table, stream.dedupe, TargetKindOf(stream.target),
                 stream.columns};
  spec.mode = stream.dedupe;
  spec.ack = stream.ack == "journal" ? Acknowledgement::kJournal : Acknowledgement::kSink;
  spec.ranges_max = stream.ranges_max;
  spec.request_timeout = stream.request_timeout;
  spec.producer_retention = stream.producer_retention;
  spec.id_retention = stream.id_retention;
  spec.ids_max = stream.ids_max;
  spec.fingerprints = stream.fingerprints;
  spec.keeps_dead_letters = stream.on_reject == "dead_letter";
  return spec;
}

}  // namespace

EngineSettings MakeEngineSettings(const Config& config) {
  EngineSettings settings;
  settings.queue_bytes_per_lane = config.limits.queue_bytes_per_lane;
  settings.group_events = config.limits.group_events;
  settings.group_bytes = config.limits.group_bytes;
  settings.streams_max = config.limits.streams;
  settings.fingerprint_retention = config.store.fingerprint_retention;
  settings.journal_bytes = config.journal.bytes;
  settings.journal_age = config.journal.age;
  settings.create_streams = config.create_streams;
  settings.stream_defaults = MakeStreamSpec(config.stream_defaults);
  settings.stream_defaults.implicit = true;
  for (const StreamConfig& stream : config.streams) {
    settings.streams.push_back(MakeStreamSpec(stream));
  }
  return settings;
}

Result<std::vector<EngineSink>> MakeEngineSinks(const Config& config) {
  std::vector<EngineSink> sinks;
  for (const SinkConfig& sink : config.sinks) {
    const SinkType* type = FindSinkType(sink.type);
    CHECK(type != nullptr);
    auto made = type->make(OptionsOf(config, sink));
    if (made.has_error()) return Error{"sinks." + sink.name + ": " + made.error().message};
    const std::uint32_t lanes = sink.lanes.value_or((*made)->DefaultLanes());
    sinks.push_back({sink.name, sink.type, std::move(*made), lanes});
  }
  return sinks;
}

}  // namespace oncegate
