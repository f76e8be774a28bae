// Rows as array parameters, one array per column of kRowColumns (document_table.h). Pure.
#pragma once

#include <span>
#include <string>

#include "dedupe/types/event.h"
#include "sinks/postgres/binary.h"

namespace oncegate::postgres {

/// The FROM item, named s, that turns the parameters $1 … $9 of a statement into rows.
inline constexpr char kRowsFromArrays[] =
    "unnest($1::text[], $2::jsonb[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], "
    "$7::text[], $8::timestamptz[], $9::boolean[]) AS s (key, value, producer, epoch, seq, id, "
    "version, event_time, deleted)";

struct RowArrays {
  explicit RowArrays(std::span<const Event* const> rows);

  BinaryArray keys{ElementType::kText};
  BinaryArray values{ElementType::kJsonb};
  BinaryArray producers{ElementType::kText};
  BinaryArray epochs{ElementType::kInt8};
  BinaryArray sequences{ElementType::kInt8};
  BinaryArray ids{ElementType::kText};
  BinaryArray versions{ElementType::kText};
  BinaryArray event_times{ElementType::kTimestamptz};
  BinaryArray deleted{ElementType::kBool};
};

}  // namespace oncegate::postgres
