// The settings of one [sinks.NAME] table of type "postgres". Pure: no connection is made here.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sinks/registry.h"

namespace oncegate::postgres {

struct PostgresSettings {
  /// Keyword string for libpq, made from the url and the timeouts. Holds the password: never
  /// logged.
  std::string conninfo;
  /// Schema of the ledger and of unqualified tables; empty: the first of the search path.
  std::string schema;
  std::chrono::milliseconds statement_timeout{};
  std::chrono::milliseconds lock_timeout{};
  /// Below request_timeout, or an instance that was paused would block its producers on the others.
  std::chrono::milliseconds idle_in_transaction_session_timeout{};
  /// How long a call waits for the server's answer before the connection counts as lost. Longer
  /// than statement_timeout, so that it strikes only where the server itself can not answer any
  /// more.
  std::chrono::milliseconds answer_timeout{};
};

/// Reads the settings; every fault is appended to `faults`, none of them holds the url or a part of
/// it. The result is usable only if there was none.
PostgresSettings ReadSettings(const SinkOptions& options, std::vector<OptionFault>* faults);

}  // namespace oncegate::postgres
