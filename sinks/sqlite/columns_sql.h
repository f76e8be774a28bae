// The statements of a columns target, as SQL. Pure.
//
// All of them number their parameters alike: from ?1 the key columns, then the version; the upsert
// goes on with one for each field (two where the column has a default: whether the field is there,
// and what it holds) and one for unknown fields.
#pragma once

#include <string>

#include "sinks/common/columns_shape.h"
#include "sinks/sink.h"

namespace oncegate::sqlite {

inline int VersionParameter(const ColumnsShape& shape) {
  return static_cast<int>(shape.keys.size()) + 1;
}

/// Conflicts on other unique columns fail whatever the table's own ON CONFLICT clauses say: another
/// row is never replaced.
std::string ColumnsUpsertSql(const StreamTarget& target, const ColumnsShape& shape);
/// Removes the row, or marks it as deleted.
std::string ColumnsDeleteSql(const StreamTarget& target, const ColumnsShape& shape);
/// Of a row that is there: whether its version is higher than the event's.
std::string ColumnsStandingSql(const StreamTarget& target, const ColumnsShape& shape);
std::string AddColumnSql(const StreamTarget& target, const NewColumn& column);

}  // namespace oncegate::sqlite
