// The settings of one [sinks.NAME] table of type "mysql". Pure: no connection is made here.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "sinks/mysql/url.h"
#include "sinks/registry.h"

namespace oncegate::mysql {

enum class Encryption : std::uint8_t {
  kOff,
  kRequired,  // Nobody can listen; who the server is is not checked.
  kVerified,  // The server's certificate and name are checked as well.
};

struct MysqlSettings {
  MysqlUrl url;  // Holds the password: never logged.
  Encryption encryption = Encryption::kOff;
  std::string tls_ca;  // A file; empty: the certificates of the system.
  std::chrono::seconds connect_timeout{};
  std::chrono::milliseconds statement_timeout{};
  std::chrono::seconds lock_timeout{};
  /// Below request_timeout, or an instance that was paused would block its producers on the others.
  std::chrono::seconds idle_transaction_timeout{};
  /// How long a call waits for the server's answer before the connection counts as lost. Longer
  /// than statement_timeout, so that it strikes only where the server itself can not answer any
  /// more.
  std::chrono::seconds answer_timeout{};
};

/// Reads the settings; every fault is appended to `faults`, none of them holds the url or a part of
/// it. The result is usable only if there was none.
MysqlSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults);

}  // namespace oncegate::mysql
