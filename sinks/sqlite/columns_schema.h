// What SQLite's catalogue says about a table of the user.
#pragma once

#include <cstdint>
#include <string_view>

#include "sinks/common/columns_shape.h"
#include "sinks/sink.h"
#include "sinks/sqlite/connection.h"

namespace oncegate::sqlite {

/// SQLite's rules (section 3.1 of its "Datatypes"): what a column makes of a value.
enum class Affinity : std::uint8_t { kInteger, kText, kBlob, kReal, kNumeric };
Affinity AffinityOf(std::string_view declared_type);

/// The shape of the target, or kRefused with the reason; kStream if the table is not there.
SinkResult<ColumnsShape> ReadShape(Connection& connection, const StreamTarget& target);

}  // namespace oncegate::sqlite
