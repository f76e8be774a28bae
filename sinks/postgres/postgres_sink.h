// The Postgres sink: rows and ledger in one database, through libpqxx's connections.
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kPostgresSinkType;

}  // namespace oncegate
