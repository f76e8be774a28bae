#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "server/config/read_columns.h"
#include "server/config/sections.h"
#include "server/config/stream_sinks.h"
#include "server/ingest/stream.h"

namespace oncegate {
namespace {

constexpr std::int64_t kRangesMax = 65'536;
constexpr std::int64_t kIdsMax = 1'000'000'000'000;

void ReadTarget(TableReader* reader, StreamConfig* stream) {
  static constexpr std::array<std::string_view, 3> kTargets{"document", "columns", "append"};
  reader->Choice("target", kTargets, &stream->target);
  const bool guards_rows =
      stream->dedupe == DedupeMode::kVersion || stream->dedupe == DedupeMode::kOff;
  if (stream->target == "append" && guards_rows) {
    reader->AddFault("target",
                     "\"append\" never overwrites a row, so it can not go with dedupe = \"" +
                         std::string(ToString(stream->dedupe)) +
                         "\"; use target = \"document\" or another dedupe");
  }
}

void ReadDedupe(TableReader* reader, StreamConfig* stream) {
  static constexpr std::array<std::string_view, 6> kModes{"window", "strict",  "monotonic",
                                                          "id",     "version", "off"};
  std::string mode;
  if (reader->Choice("dedupe", kModes, &mode)) stream->dedupe = *ParseDedupeMode(mode);
}

void ReadAcknowledgement(TableReader* reader, StreamConfig* stream) {
  static constexpr std::array<std::string_view, 2> kAcks{"sink", "journal"};
  static constexpr std::array<std::string_view, 2> kRejects{"reject", "dead_letter"};
  reader->Choice("ack", kAcks, &stream->ack);
  reader->Choice("on_reject", kRejects, &stream->on_reject);
  // Told where it is written, and not again by the streams that inherit it.
  const std::string_view key = reader->Has("ack") ? "ack" : "on_reject";
  if (stream->ack == "journal" && stream->on_reject != "dead_letter" && reader->Has(key)) {
    reader->AddFault(
        key,
        "ack = \"journal\" promises that an event will be in the sink or among the dead "
        "letters, so it needs on_reject = \"dead_letter\"");
  }
}

/// The keys that streams and stream_defaults share.
void ReadStreamKeys(TableReader* reader, StreamConfig* stream) {
  ReadSinks(reader, stream);
  ReadDedupe(reader, stream);
  ReadTarget(reader, stream);
  ReadAcknowledgement(reader, stream);
  reader->Duration("producer_retention", &stream->producer_retention);
  reader->Duration("id_retention", &stream->id_retention);
  reader->Duration("request_timeout", &stream->request_timeout);
  reader->Integer("ids_max", {1, kIdsMax}, &stream->ids_max);
  reader->Integer("ranges_max", {1, kRangesMax}, &stream->ranges_max);
  reader->Flag("fingerprints", &stream->fingerprints);
}

/// [stream_defaults] takes no columns: keys and table are each stream's own.
void RefuseColumns(TableReader* reader, StreamConfig* defaults) {
  if (defaults->target != "columns") return;
  reader->AddFault("target",
                   "\"columns\" can not be a default, as every stream has a table and key "
                   "columns of its own; write it in [streams.NAME]");
  defaults->target = "document";
}

void ReadDefaults(const SettingNode* table, Config* config, std::vector<ConfigFault>* faults) {
  TableReader reader(table, "stream_defaults", faults);
  reader.Flag("create", &config->create_streams);
  ReadStreamKeys(&reader, &config->stream_defaults);
  RefuseColumns(&reader, &config->stream_defaults);
  if (reader.Find("table") != nullptr) {
    reader.AddFault("table",
                    "can not be a default, as every stream has a table of its own; write it "
                    "in [streams.NAME]");
  }
  // Without new streams, defaults need a sink only for streams to inherit.
  const bool needs_sink = config->create_streams || config->sinks.size() == 1;
  if (needs_sink || !config->stream_defaults.sink.empty()) {
    ResolveSinks(&reader, *config, &config->stream_defaults);
  }
  reader.RejectUnknown();
}

StreamConfig ReadStream(const std::string& name, const SettingNode& table, const Config& config,
                        std::vector<ConfigFault>* faults) {
  TableReader reader(&table, JoinPath("streams", name), faults);
  StreamConfig stream = config.stream_defaults;
  stream.name = name;
  stream.table = name;
  reader.Text("table", &stream.table);
  ReadStreamKeys(&reader, &stream);
  ReadColumns(&reader, &stream);
  ResolveSinks(&reader, config, &stream);
  ResolveTargets(&reader, config, &stream);
  CheckTable(&reader, config, stream);
  CheckRejects(&reader, config, stream);
  reader.RejectUnknown();
  return stream;
}

void RefuseSharedTables(TableReader* reader, const Config& config) {
  std::map<std::pair<std::string, std::string>, std::string> owners;
  for (const StreamConfig& stream : config.streams) {
    for (const std::string& sink : SinksOf(stream)) {
      const auto [owner, added] = owners.try_emplace({sink, stream.table}, stream.name);
      if (added || owner->second == stream.name) continue;
      reader->AddFault(stream.name, "writes table \"" + stream.table + "\" of sink \"" + sink +
                                        "\", and so does streams." + owner->second +
                                        "; give each a table of its own");
    }
  }
}

void ReadConfiguredStreams(const SettingNode* table, Config* config,
                           std::vector<ConfigFault>* faults) {
  if (table == nullptr) return;
  TableReader reader(table, "streams", faults);
  for (const auto& [name, node] : table->children) {
    if (reader.Table(name) == nullptr) continue;
    if (!IsValidStreamName(name)) {
      reader.AddFault(
          name,
          "is no stream name: 1 to 63 lower-case letters, digits or \"_\", not beginning "
          "with a digit, without \"__\", not beginning with oncegate_, sqlite_ or pg_");
    }
    config->streams.push_back(ReadStream(name, node, *config, faults));
  }
  RefuseSharedTables(&reader, *config);
}

}  // namespace

void ReadStreams(const SettingNode* defaults, const SettingNode* table, Config* config,
                 std::vector<ConfigFault>* faults) {
  ReadDefaults(defaults, config, faults);
  ReadConfiguredStreams(table, config, faults);
  // Streams on another sink do not inherit what follows from the sink of the defaults.
  TableReader reader(defaults, "stream_defaults", faults);
  if (!config->create_streams) return;
  ResolveTargets(&reader, *config, &config->stream_defaults);
  CheckRejects(&reader, *config, config->stream_defaults);
}

}  // namespace oncegate
