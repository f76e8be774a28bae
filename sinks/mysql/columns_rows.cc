#include "sinks/mysql/columns_rows.h"

#include <utility>

#include "sinks/mysql/columns_sql.h"

namespace oncegate::mysql {
namespace {

std::string ConvertKey(const ColumnsTable& table, const ColumnsRow& row, ColumnsRowValues* values) {
  values->keys.resize(row.key.size());
  for (std::size_t i = 0; i < row.key.size(); ++i) {
    ColumnValue& value = values->keys[i];
    std::string fault = ConvertText(table.key_rules[i], row.key[i], &value);
    if (!fault.empty()) return fault;
    if (!value.is_own) value.own = row.key[i];
    value.is_own = true;
  }
  return "";
}

std::string ConvertFields(const ColumnsTable& table, const ColumnsRow& row,
                          ColumnsRowValues* values) {
  const std::vector<CatalogueColumn>& fields = table.shape.fields;
  values->fields.resize(fields.size());
  values->sent_fields.assign(fields.size(), kSent);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t member = row.field_members[i];
    const bool is_absent = member == ColumnsRow::kAbsent;
    if (is_absent && !fields[i].default_sql.empty()) {
      values->sent_fields[i] = kDefaulted;
      continue;
    }
    const std::string_view json = is_absent ? "null" : row.members[member].value;
    std::string fault = ConvertField(table.field_rules[i], json, &values->fields[i]);
    if (!fault.empty()) return fault;
  }
  if (table.shape.unknown && !row.unknown_members.empty()) {
    values->unknown.is_null = false;
    values->unknown.is_own = true;
    values->unknown.own = UnknownObject(row);
  }
  return "";
}

}  // namespace

std::vector<ColumnsRowValues> ReadColumnsRows(const StreamTarget& target, const ColumnsTable& table,
                                              const ColumnRefusals& refusals,
                                              std::span<const Event* const> events,
                                              RowsOutcome* outcome) {
  std::vector<ColumnsRowValues> rows(events.size());
  ColumnGrowth growth(target, table.shape, refusals);
  ColumnsRow row;
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    const bool is_delete = events[i]->operation == Operation::kDelete;
    std::string fault = ReadColumnsRow(table.shape, *events[i], &row);
    if (fault.empty()) fault = ConvertKey(table, row, &rows[i]);
    if (fault.empty() && !row.unknown_members.empty()) fault = growth.Take(&row);
    if (fault.empty() && !is_delete) fault = ConvertFields(table, row, &rows[i]);
    if (!fault.empty()) outcome->bad.push_back({.row = i, .detail = std::move(fault)});
  }
  outcome->new_columns = growth.columns();
  return rows;
}

}  // namespace oncegate::mysql
