#include "server/config/stream_sinks.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "server/config/table_name.h"
#include "sinks/registry.h"

namespace oncegate {
namespace {

constexpr std::string_view kPreferredSink = "main";

bool GuardsRows(DedupeMode mode) {
  return mode == DedupeMode::kVersion || mode == DedupeMode::kOff;
}

const SinkType* TypeOfSink(const Config& config, std::string_view name) {
  const auto sink = std::ranges::find(config.sinks, name, &SinkConfig::name);
  return sink == config.sinks.end() ? nullptr : FindSinkType(sink->type);
}

std::string Describe(const std::string& sink, const SinkType& type) {
  return "sinks." + sink + " of type \"" + std::string(type.name) + "\"";
}

std::vector<std::string_view> SinkNames(const Config& config) {
  std::vector<std::string_view> names;
  for (const SinkConfig& sink : config.sinks) names.emplace_back(sink.name);
  return names;
}

void CheckList(TableReader* reader, const std::vector<std::string>& sinks) {
  if (sinks.empty()) reader->AddFault("sinks", "is empty; name one sink or more");
  std::set<std::string_view> taken;
  for (const std::string& sink : sinks) {
    if (!taken.insert(sink).second) {
      reader->AddFault("sinks", "\"" + sink + "\" is named twice; every event goes there once");
    }
  }
}

/// A sink of that name, so that what depends on it can be checked. One that there is not is a
/// fault.
std::string ExistingSink(TableReader* reader, const Config& config, std::string_view key,
                         const std::string& sink) {
  const std::vector<std::string_view> names = SinkNames(config);
  if (std::ranges::find(names, sink) != names.end()) return sink;
  reader->AddFault(key, "there is no [sinks." + sink + "]; name one of " + ListNames(names) +
                            DidYouMean(sink, names));
  return std::string(names.front());
}

std::string ImpliedSink(TableReader* reader, const Config& config) {
  const std::vector<std::string_view> names = SinkNames(config);
  if (names.size() == 1) return std::string(names.front());
  if (std::ranges::find(names, kPreferredSink) != names.end()) return std::string(kPreferredSink);
  reader->AddFault("sink",
                   "is missing and there are several sinks, none of them called \"main\"; "
                   "name one of " +
                       ListNames(names));
  return std::string(names.front());
}

/// What the stream's rows are in `sink`, which knows the target that the stream wants or gives its
/// own.
std::string TargetOn(TableReader* reader, const Config& config, const std::string& sink,
                     const StreamConfig& stream) {
  const SinkType* type = TypeOfSink(config, sink);
  if (type == nullptr) return stream.target;
  if (!type->only_target) {
    if (!type->has_columns && stream.target == "columns") {
      reader->AddFault("target", "sinks." + sink + " has type \"" + std::string(type->name) +
                                     "\", which has no target = \"columns\"; use a sink of type "
                                     "\"mysql\", \"postgres\" or \"sqlite\", or another target");
    }
    return stream.target;
  }
  const std::string target(ToString(*type->only_target));
  if (target == "append" && GuardsRows(stream.dedupe)) {
    reader->AddFault("dedupe", "\"" + std::string(ToString(stream.dedupe)) +
                                   "\" is judged by the row that is there, and " +
                                   Describe(sink, *type) +
                                   " has none; use another dedupe or another sink");
  }
  return target;
}

}  // namespace

std::vector<std::string> SinksOf(const StreamConfig& stream) {
  std::vector<std::string> sinks{stream.sink};
  for (const FurtherSinkConfig& further : stream.further_sinks) sinks.push_back(further.sink);
  return sinks;
}

void ReadSinks(TableReader* reader, StreamConfig* stream) {
  if (reader->Has("sink") && reader->Has("sinks")) {
    reader->AddFault("sinks", "can not go with sink; write one of them");
  }
  reader->Text("sink", &stream->sink);
  if (reader->Has("sink")) stream->further_sinks.clear();
  std::vector<std::string> sinks = SinksOf(*stream);
  reader->List("sinks", &sinks);
  if (!reader->Has("sinks")) return;
  CheckList(reader, sinks);
  stream->sink = sinks.empty() ? "" : sinks.front();
  stream->further_sinks.clear();
  for (std::size_t i = 1; i < sinks.size(); ++i) {
    stream->further_sinks.emplace_back().sink = sinks[i];
  }
}

void ResolveSinks(TableReader* reader, const Config& config, StreamConfig* stream) {
  if (config.sinks.empty()) return;
  const std::string_view key = reader->Has("sinks") ? "sinks" : "sink";
  stream->sink = stream->sink.empty() ? ImpliedSink(reader, config)
                                      : ExistingSink(reader, config, key, stream->sink);
  for (FurtherSinkConfig& further : stream->further_sinks) {
    further.sink = ExistingSink(reader, config, key, further.sink);
  }
}

void ResolveTargets(TableReader* reader, const Config& config, StreamConfig* stream) {
  const StreamConfig wanted = *stream;
  stream->target = TargetOn(reader, config, stream->sink, wanted);
  bool is_known = stream->target == wanted.target;
  for (FurtherSinkConfig& further : stream->further_sinks) {
    further.target = TargetOn(reader, config, further.sink, wanted);
    is_known = is_known || further.target == wanted.target;
  }
  if (is_known || !reader->Has("target")) return;
  const SinkType* type = TypeOfSink(config, stream->sink);
  reader->AddFault("target", "sinks." + stream->sink + " has type \"" + std::string(type->name) +
                                 "\" and knows target = \"" + stream->target +
                                 "\" alone; write that, or leave it out");
}

void CheckTable(TableReader* reader, const Config& config, const StreamConfig& stream) {
  if (!reader->Has("table")) return;
  for (const std::string& sink : SinksOf(stream)) {
    const SinkType* type = TypeOfSink(config, sink);
    const bool is_own = type != nullptr && type->table_fault != nullptr;
    const std::string fault =
        is_own ? type->table_fault(stream.table) : TableNameFault(stream.table);
    if (fault.empty()) continue;
    reader->AddFault("table", fault);
    return;
  }
}

void CheckRejects(TableReader* reader, const Config& config, const StreamConfig& stream) {
  if (stream.on_reject == "dead_letter") return;
  for (const std::string& sink : SinksOf(stream)) {
    const SinkType* type = TypeOfSink(config, sink);
    if (type == nullptr || !type->needs_dead_letters) continue;
    reader->AddFault("on_reject", "must be \"dead_letter\", since " + Describe(sink, *type) +
                                      " learns that an event is refused only after it was settled");
  }
}

}  // namespace oncegate
