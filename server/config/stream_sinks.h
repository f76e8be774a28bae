// Which sinks a stream goes to, what its rows are there, and whether they go with its other
// settings.
#pragma once

#include <string>
#include <vector>

#include "server/config/config.h"
#include "server/config/table_reader.h"

namespace oncegate {

/// Reads `sink` or `sinks`; what is written in neither is inherited.
void ReadSinks(TableReader* reader, StreamConfig* stream);

/// Fills in the sink that is meant where none is named: the only one, or the one called "main".
/// Sinks that do not exist are faults.
void ResolveSinks(TableReader* reader, const Config& config, StreamConfig* stream);

/// A sink that has one target gives it to the streams that name none.
void ResolveTargets(TableReader* reader, const Config& config, StreamConfig* stream);

// Precondition of both: the sinks are resolved.

/// Whether each sink takes the name of the table that is written.
void CheckTable(TableReader* reader, const Config& config, const StreamConfig& stream);

void CheckRejects(TableReader* reader, const Config& config, const StreamConfig& stream);

/// The names of all, the first one first.
std::vector<std::string> SinksOf(const StreamConfig& stream);

}  // namespace oncegate
