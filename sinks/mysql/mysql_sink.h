// The MySQL sink: rows and ledger in one database of a MariaDB or MySQL server.
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kMysqlSinkType;

}  // namespace oncegate
