// Config: the whole configuration as plain values, after defaults, file, environment and flags.
// Immutable after loading.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dedupe/types/dedupe_mode.h"
#include "server/config/limits.h"
#include "sinks/sink.h"

namespace oncegate {

struct ListenConfig {
  std::string listen;
  bool insecure = false;  // Required in writing for a non-loopback address without TLS and tokens.
};

struct LimitsConfig {
  std::size_t body_bytes = limits::kBodyBytes;
  std::size_t records_per_request = limits::kRecordsPerRequest;
  std::size_t header_bytes = limits::kHeaderBytes;
  std::size_t queue_bytes_per_lane = limits::kQueueBytesPerLane;
  std::uint32_t connections = limits::kConnections;
  std::size_t key_bytes = limits::kKeyBytes;
  std::size_t group_events = limits::kGroupEvents;
  std::size_t group_bytes = limits::kGroupBytes;
  std::size_t streams = limits::kStreams;
  std::chrono::milliseconds header_timeout = limits::kHeaderTimeout;
  std::chrono::milliseconds body_timeout = limits::kBodyTimeout;
  std::chrono::milliseconds write_timeout = limits::kWriteTimeout;
  std::chrono::milliseconds idle_timeout = limits::kIdleTimeout;
  std::chrono::milliseconds drain_timeout = limits::kDrainTimeout;
};

struct StoreConfig {
  std::chrono::seconds fingerprint_retention = limits::kFingerprintRetention;
  std::uint64_t fingerprint_bytes = limits::kFingerprintBytes;
};

struct JournalConfig {
  std::uint64_t bytes = limits::kJournalBytes;
  std::chrono::seconds age = limits::kJournalAge;
};

struct SinkConfig {
  std::string name;
  std::string type;
  std::optional<std::uint32_t> lanes;
  std::map<std::string, std::string> settings;  // See SinkOptions::settings.
};

/// A sink that a stream goes to besides its first one.
struct FurtherSinkConfig {
  std::string sink;
  std::string target = "document";
};

struct StreamConfig {
  std::string name;  // Empty in stream_defaults.
  std::string sink;  // Empty: the only sink.
  std::vector<FurtherSinkConfig> further_sinks;
  std::string table;  // Empty: the stream's name.
  std::string target = "document";
  ColumnsOptions columns;  // With target "columns".
  DedupeMode dedupe = DedupeMode::kWindow;
  std::string ack = "sink";
  std::string on_reject = "reject";
  std::chrono::seconds producer_retention = limits::kProducerRetention;
  std::chrono::seconds id_retention = limits::kIdRetention;
  std::uint64_t ids_max = limits::kIds;
  std::size_t ranges_max = limits::kRangesPerProducer;
  bool fingerprints = true;
  std::chrono::milliseconds request_timeout = limits::kRequestTimeout;
};

struct LogConfig {
  std::string level = "info";  // debug | info | warn | error
};

struct Config {
  std::filesystem::path data_dir = "oncegate-data";
  ListenConfig ingest{"127.0.0.1:8080", false};
  ListenConfig ops{"127.0.0.1:8081", false};
  LimitsConfig limits;
  StoreConfig store;
  JournalConfig journal;
  LogConfig log;
  std::vector<SinkConfig> sinks;  // Never empty after loading: the embedded SQLite sink "main".
  StreamConfig stream_defaults;
  bool create_streams = true;
  std::vector<StreamConfig> streams;
};

}  // namespace oncegate
