// What the catalogue of Postgres says about a table of the user.
#pragma once

#include "sinks/common/columns_shape.h"
#include "sinks/postgres/connection.h"
#include "sinks/postgres/table_name.h"
#include "sinks/sink.h"

namespace oncegate::postgres {

/// The shape of the target, or kRefused with the reason.
SinkResult<ColumnsShape> ReadShape(Connection& connection, const StreamTarget& target,
                                   const TableName& table);

}  // namespace oncegate::postgres
