// The Redis sink: rows and ledger in one Redis, through hiredis.
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kRedisSinkType;

}  // namespace oncegate
