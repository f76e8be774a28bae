// What [sinks.NAME] of a webhook says, parsed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sinks/registry.h"

namespace oncegate::webhook {

struct Endpoint {
  bool has_tls = false;
  std::string host;  // Without brackets, where it is an IPv6 address.
  std::string port;
  std::string authority;  // As the Host header has it.
  std::string target;     // Path and query.
};

enum class BodyFormat : std::uint8_t {
  kEvent,      // One event a request, as a JSON object.
  kJsonArray,  // Several, as an array.
  kNdjson,     // Several, one a line.
};

struct Settings {
  Endpoint endpoint;
  std::vector<std::string> signing_keys;  // Bytes; none: requests are not signed.
  std::vector<std::pair<std::string, std::string>> headers;
  std::filesystem::path ca_file;  // Empty: what the system trusts.
  BodyFormat format = BodyFormat::kEvent;
  std::size_t batch_events = 1;
  std::size_t batch_bytes = 0;
  std::chrono::milliseconds connect_timeout{};
  std::chrono::milliseconds response_timeout{};
  std::chrono::milliseconds busy_timeout{};  // Behind another writer of the outbox.
  /// How long Begin waits for what is still to be delivered, and Commit for its own deliveries.
  std::chrono::milliseconds begin_wait{};
  std::chrono::milliseconds commit_wait{};
  std::filesystem::path path;  // Of the outbox; absolute.
};

/// Every fault is appended to `faults`; without any, the settings are complete.
Settings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults);

}  // namespace oncegate::webhook
