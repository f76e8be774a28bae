// The table of the ops listener: metrics, health, administration.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/config/config.h"
#include "server/http/health.h"
#include "server/http/router.h"
#include "server/ingest/control.h"

namespace oncegate {

/// All of it outlives the routes; the functions are thread-safe and do not block for long.
struct OpsRouteDependencies {
  Control* control = nullptr;
  Clock* clock = nullptr;
  std::function<Readiness()> readiness;
  std::function<std::string()> metrics_text;  // Prometheus text format 0.0.4.
  std::function<std::string()> config_json;   // Redacted.
};

std::vector<Route> MakeOpsRoutes(const OpsRouteDependencies& dependencies,
                                 const LimitsConfig& limits);

}  // namespace oncegate
