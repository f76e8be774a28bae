// Rows as the array parameters of UpsertSql (document_table.h), one per column. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dedupe/types/event.h"
#include "sinks/postgres/binary.h"

namespace oncegate::postgres {

enum class RowKeys : std::uint8_t {
  kAll,
  kOwn,  // NULL where the record has no key of its own.
};

struct RowArrays {
  explicit RowArrays(std::span<const Event* const> rows, RowKeys row_keys = RowKeys::kAll);

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
