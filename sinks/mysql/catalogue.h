// The streams that the sink knows, and their tables.
//
// CREATE TABLE commits by itself, so that table and entry can not be made in one transaction. The
// entry is written first, not "made" yet, the table then, with a comment that names its stream; an
// instance that died in between is recognised, and no table is taken over that oncegate did not
// make.
#pragma once

#include <vector>

#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

/// See SinkSession. Both leave no transaction open unless they fail.
SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection);
SinkStatus EnsureStream(Connection& connection, const StreamTarget& target);

}  // namespace oncegate::mysql
