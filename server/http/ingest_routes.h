// The table of the ingest listener.
#pragma once

#include <vector>

#include "server/config/config.h"
#include "server/http/router.h"
#include "server/ingest/control.h"
#include "server/ingest/ingest.h"

namespace oncegate {

/// All of it outlives the routes.
struct IngestRouteDependencies {
  IngestDoor* door = nullptr;
  Control* control = nullptr;
  Clock* clock = nullptr;
};

std::vector<Route> MakeIngestRoutes(const IngestRouteDependencies& dependencies,
                                    const LimitsConfig& limits);

}  // namespace oncegate
