#include "server/config/sections.h"

#include <array>

#include "server/config/listen_address.h"

namespace oncegate {
namespace {

constexpr std::int64_t kHeaderBytesMin = 256;
constexpr std::int64_t kBytesMax = std::int64_t{1} << 40;
constexpr std::int64_t kKeyBytesMax = 2048;  // An index row of Postgres holds 2,704 bytes.
constexpr std::int64_t kCountMax = 1'000'000'000;
constexpr std::int64_t kConnectionsMax = 1'000'000;

void ReadListener(const SettingNode* table, std::string_view name, ListenConfig* config,
                  std::vector<ConfigFault>* faults) {
  TableReader reader(table, std::string(name), faults);
  reader.Text("listen", &config->listen);
  reader.Flag("insecure", &config->insecure);
  reader.RejectUnknown();
  const auto address = ParseListenAddress(config->listen);
  if (!address) {
    reader.AddFault("listen", "\"" + config->listen +
                                  "\" is no address; write a numeric address and a port, such as "
                                  "\"127.0.0.1:8080\" or \"[::1]:8080\"");
  } else if (!address->is_loopback && !config->insecure) {
    reader.AddFault("listen", config->listen +
                                  " can be reached from outside and nothing protects it; listen on "
                                  "127.0.0.1, or write insecure = true in [" +
                                  std::string(name) + "] to serve everybody");
  }
}

void RefuseOneAddressForBoth(TableReader* root, const Config& config) {
  const auto ingest = ParseListenAddress(config.ingest.listen);
  const auto ops = ParseListenAddress(config.ops.listen);
  if (!ingest || !ops || ingest->port == 0) return;
  if (ingest->host != ops->host || ingest->port != ops->port) return;
  root->AddFault("ops", "listens where ingest does, on " + config.ops.listen +
                            "; give one of them another port");
}

void ReadLimits(const SettingNode* table, LimitsConfig* limits, std::vector<ConfigFault>* faults) {
  TableReader reader(table, "limits", faults);
  reader.Integer("body_bytes", {1, limits::kBodiesInFlightBytes}, &limits->body_bytes);
  reader.Integer("records_per_request", {1, kCountMax}, &limits->records_per_request);
  reader.Integer("header_bytes", {kHeaderBytesMin, limits::kConnectionBufferBytes},
                 &limits->header_bytes);
  reader.Integer("queue_bytes_per_lane", {1, kBytesMax}, &limits->queue_bytes_per_lane);
  reader.Integer("connections", {1, kConnectionsMax}, &limits->connections);
  reader.Integer("key_bytes", {1, kKeyBytesMax}, &limits->key_bytes);
  reader.Integer("group_events", {1, kCountMax}, &limits->group_events);
  reader.Integer("group_bytes", {1, kBytesMax}, &limits->group_bytes);
  reader.Integer("streams", {0, kCountMax}, &limits->streams);
  reader.Duration("header_timeout", &limits->header_timeout);
  reader.Duration("body_timeout", &limits->body_timeout);
  reader.Duration("write_timeout", &limits->write_timeout);
  reader.Duration("idle_timeout", &limits->idle_timeout);
  reader.Duration("drain_timeout", &limits->drain_timeout);
  reader.RejectUnknown();
}

void ReadStore(const SettingNode* table, StoreConfig* store, std::vector<ConfigFault>* faults) {
  TableReader reader(table, "store", faults);
  reader.Duration("fingerprint_retention", &store->fingerprint_retention);
  reader.Integer("fingerprint_bytes", {0, kBytesMax}, &store->fingerprint_bytes);
  reader.RejectUnknown();
}

void ReadJournal(const SettingNode* table, JournalConfig* journal,
                 std::vector<ConfigFault>* faults) {
  TableReader reader(table, "journal", faults);
  reader.Integer("bytes", {0, kBytesMax}, &journal->bytes);
  reader.Duration("age", &journal->age);
  reader.RejectUnknown();
}

void ReadLog(const SettingNode* table, LogConfig* log, std::vector<ConfigFault>* faults) {
  static constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
  TableReader reader(table, "log", faults);
  reader.Choice("level", kLevels, &log->level);
  reader.RejectUnknown();
}

}  // namespace

void ReadProcess(TableReader* root, Config* config, std::vector<ConfigFault>* faults) {
  std::string data_dir = config->data_dir.string();
  root->Text("data_dir", &data_dir);
  if (data_dir.empty()) root->AddFault("data_dir", "must name a folder");
  config->data_dir = data_dir;
  ReadListener(root->Table("ingest"), "ingest", &config->ingest, faults);
  ReadListener(root->Table("ops"), "ops", &config->ops, faults);
  RefuseOneAddressForBoth(root, *config);
  ReadLimits(root->Table("limits"), &config->limits, faults);
  ReadStore(root->Table("store"), &config->store, faults);
  ReadJournal(root->Table("journal"), &config->journal, faults);
  ReadLog(root->Table("log"), &config->log, faults);
}

void ReadSections(const SettingNode& root, Config* config, std::vector<ConfigFault>* faults) {
  TableReader reader(&root, "", faults);
  ReadProcess(&reader, config, faults);
  const SettingNode* sinks = reader.Table("sinks");
  ReadSinks(sinks, config, faults);
  const SettingNode* defaults = reader.Table("stream_defaults");
  ReadStreams(defaults, reader.Table("streams"), config, faults);
  CheckSinkSettings(sinks, *config, faults);
  reader.RejectUnknown();
}

void WarnOfTightLimits(const Config& config, std::vector<ConfigFault>* warnings) {
  if (config.limits.queue_bytes_per_lane >= config.limits.body_bytes) return;
  warnings->push_back({{},
                       "limits.queue_bytes_per_lane",
                       "is below limits.body_bytes: requests larger than the queue are always "
                       "answered 429"});
}

}  // namespace oncegate
