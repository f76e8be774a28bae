#include "sinks/postgres/row_arrays.h"

namespace oncegate::postgres {
namespace {

void AddText(std::string_view text, BinaryArray* array) {
  if (text.empty()) {
    array->AddNull();
  } else {
    array->AddBytes(text);
  }
}

}  // namespace

RowArrays::RowArrays(std::span<const Event* const> rows, RowKeys row_keys) {
  for (const Event* row : rows) {
    const bool is_delete = row->operation == Operation::kDelete;
    const bool has_key = row_keys == RowKeys::kAll || !row->key_is_default;
    has_key ? keys.AddBytes(row->key) : keys.AddNull();
    is_delete ? values.AddNull() : values.AddJson(row->value);
    AddText(row->producer, &producers);
    row->producer.empty() ? epochs.AddNull() : epochs.AddInt64(row->epoch.value);
    row->sequence ? sequences.AddInt64(row->sequence->value) : sequences.AddNull();
    AddText(row->id, &ids);
    row->version ? versions.AddBytes(ToDecimal(*row->version)) : versions.AddNull();
    row->event_time ? event_times.AddTime(*row->event_time) : event_times.AddNull();
    deleted.AddBool(is_delete);
  }
}

}  // namespace oncegate::postgres
