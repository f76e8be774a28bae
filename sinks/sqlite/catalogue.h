// The catalogue: which streams this database holds, in which tables.
#pragma once

#include <functional>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"

namespace oncegate::sqlite {

SinkResult<std::vector<StreamRecord>> ListStreams(Connection& connection);

/// See SinkSession::EnsureStream. Table names are compared without regard to case, as SQLite does,
/// so that no two streams meet in one table. kStream where the entry is there and its table is not:
/// an empty table in its place would hide the loss.
SinkStatus EnsureStream(Connection& connection, const StreamTarget& target);

/// The same for a sink that keeps its rows elsewhere: makes or confirms the entry alone, under the
/// same rules for names. `before_entry` runs before an entry is made, and may refuse it.
SinkStatus EnterStream(Connection& connection, const StreamTarget& target,
                       const std::function<SinkStatus()>& before_entry);

}  // namespace oncegate::sqlite
