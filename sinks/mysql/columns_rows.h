// What the events of one call become in a columns target: the parameters of each row, and the
// columns that the table lacks. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sinks/common/columns_growth.h"
#include "sinks/mysql/columns_schema.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

struct ColumnsRowValues {
  std::vector<ColumnValue> keys;    // Parallel to shape.keys.
  std::vector<ColumnValue> fields;  // Parallel to shape.fields.
  std::string sent_fields;          // See kSent; empty for a delete.
  ColumnValue unknown;
};

/// Parallel to the events, which have to stay as long as the result is used. What is wrong with an
/// event alone goes to outcome->bad, columns that are asked for to outcome->new_columns.
std::vector<ColumnsRowValues> ReadColumnsRows(const StreamTarget& target, const ColumnsTable& table,
                                              const ColumnRefusals& refusals,
                                              std::span<const Event* const> events,
                                              RowsOutcome* outcome);

}  // namespace oncegate::mysql
