#include "sinks/mysql/binding.h"

#include <algorithm>
#include <chrono>

namespace oncegate::mysql {
namespace {

enum_field_types TypeOf(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kBytes:
      return MYSQL_TYPE_BLOB;
    case ParameterKind::kText:
      return MYSQL_TYPE_STRING;
    case ParameterKind::kInteger:
      return MYSQL_TYPE_LONGLONG;
    case ParameterKind::kTime:
      return MYSQL_TYPE_DATETIME;
  }
  return MYSQL_TYPE_NULL;
}

MYSQL_TIME ToDriverTime(std::int64_t microseconds) {
  const std::chrono::sys_time<std::chrono::microseconds> time{
      std::chrono::microseconds(microseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> clock(time - day);
  MYSQL_TIME driver{};
  driver.year = static_cast<unsigned>(static_cast<int>(date.year()));
  driver.month = static_cast<unsigned>(date.month());
  driver.day = static_cast<unsigned>(date.day());
  driver.hour = static_cast<unsigned>(clock.hours().count());
  driver.minute = static_cast<unsigned>(clock.minutes().count());
  driver.second = static_cast<unsigned>(clock.seconds().count());
  driver.second_part = static_cast<unsigned long>(clock.subseconds().count());
  driver.time_type = MYSQL_TIMESTAMP_DATETIME;
  return driver;
}

my_bool* Null() {
  static my_bool null = 1;
  return &null;
}

}  // namespace

ParameterBinding::ParameterBinding(const Parameters& parameters) {
  binds_.resize(parameters.all().size());
  // Reserved, since the driver is given pointers into it.
  times_.reserve(binds_.size());
  for (std::size_t i = 0; i < binds_.size(); ++i) {
    const Parameter& parameter = parameters.all()[i];
    MYSQL_BIND& bind = binds_[i];
    bind.buffer_type = TypeOf(parameter.kind);
    if (parameter.is_null) {
      bind.is_null = Null();
      continue;
    }
    switch (parameter.kind) {
      case ParameterKind::kBytes:
      case ParameterKind::kText:
        // The driver only reads; its interface predates const.
        bind.buffer = const_cast<char*>(parameter.bytes.empty() ? "" : parameter.bytes.data());
        bind.buffer_length = parameter.bytes.size();
        break;
      case ParameterKind::kInteger:
        bind.buffer = const_cast<std::int64_t*>(&parameter.number);
        break;
      case ParameterKind::kTime:
        bind.buffer = &times_.emplace_back(ToDriverTime(parameter.number));
        break;
    }
  }
}

ResultBinding::ResultBinding(const std::string& columns)
    : binds_(columns.size()), columns_(columns.size()) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_integer = columns[i] == 'i';
    binds_[i].buffer_type = is_integer ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_STRING;
    binds_[i].buffer = is_integer ? static_cast<void*>(&columns_[i].number) : columns_[i].bytes;
    binds_[i].buffer_length = is_integer ? sizeof(columns_[i].number) : kInlineBytes;
    binds_[i].length = &columns_[i].size;
    binds_[i].is_null = &columns_[i].is_null;
    binds_[i].error = &columns_[i].is_cut;
  }
}

bool ResultBinding::AppendTo(MYSQL_STMT* statement, std::vector<Field>* fields) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    Field& field = fields->emplace_back();
    field.is_null = column.is_null != 0;
    if (field.is_null) continue;
    if (binds_[i].buffer_type == MYSQL_TYPE_LONGLONG) {
      field.number = column.number;
      continue;
    }
    if (column.size <= kInlineBytes) {
      field.bytes.assign(column.bytes, column.size);
      continue;
    }
    field.bytes.resize(column.size);
    MYSQL_BIND whole{};
    unsigned long size = 0;
    whole.buffer_type = MYSQL_TYPE_STRING;
    whole.buffer = field.bytes.data();
    whole.buffer_length = field.bytes.size();
    whole.length = &size;
    if (mysql_stmt_fetch_column(statement, &whole, static_cast<unsigned>(i), 0) != 0) return false;
  }
  return true;
}

}  // namespace oncegate::mysql
