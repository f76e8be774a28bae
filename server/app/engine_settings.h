// From configuration to what the ingest engine takes. The configuration has been checked.
#pragma once

#include <vector>

#include "dedupe/types/result.h"
#include "server/config/config.h"
#include "server/ingest/engine.h"

namespace oncegate {

EngineSettings MakeEngineSettings(const Config& config);

/// Does not connect.
Result<std::vector<EngineSink>> MakeEngineSinks(const Config& config);

}  // namespace oncegate
