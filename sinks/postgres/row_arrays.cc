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

RowArrays::RowArrays(std::span<const Event* const> rows) {
  for (const Event* row : rows) {
    const bool is_delete = row->operation == Operation::kDelete;
    keys.AddBytes(row->key);
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
