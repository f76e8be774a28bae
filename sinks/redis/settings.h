// The settings of one [sinks.NAME] table of type "redis". Pure: no connection is made here.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sinks/redis/key_template.h"
#include "sinks/redis/url.h"
#include "sinks/registry.h"

namespace oncegate::redis {

enum class RowFormat : std::uint8_t {
  kJson,  // A string: the event's value as it was sent.
  kHash,  // A hash with the value and what the event carried besides.
};
/// As it is written in the configuration and in the catalogue.
std::string_view ToString(RowFormat format);

enum class Durability : std::uint8_t {
  kRequired,  // A server that does not flush every write before it answers is refused.
  kAsIs,      // What the server loses, it loses.
};

struct RedisSettings {
  Address address;  // Holds the password: never logged.
  /// Every key of the sink but those of rows begins with it and a colon.
  std::string prefix;
  std::string key_template_text;
  KeyTemplate key_template;
  RowFormat format = RowFormat::kJson;
  Durability durability = Durability::kRequired;
  std::chrono::milliseconds connect_timeout{};
  /// How long a call waits for bytes of the answer before the connection counts as lost.
  std::chrono::milliseconds command_timeout{};
};

/// Reads the settings; every fault is appended to `faults`, none of them holds the url or a part of
/// it. The result is usable only if there was none.
RedisSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults);

}  // namespace oncegate::redis
