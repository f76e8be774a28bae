// Names of tables. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oncegate::mysql {

struct TableName {
  std::string database;
  std::string table;
  friend bool operator==(const TableName&, const TableName&) = default;
};

/// "table" (in `database`) or "database.table". Empty where a part is missing, longer than 64
/// bytes or ends with a space, or where there are more than two parts.
std::optional<TableName> ParseTableName(std::string_view text, std::string_view database);

/// The name as a configuration whose database is `database` writes it.
std::string ToConfigured(const TableName& name, std::string_view database);

/// The identifier in backticks, whatever sql_mode says. Precondition: no NUL.
std::string QuoteName(std::string_view identifier);

/// `database`.`table`, for SQL.
std::string Quote(const TableName& name);

}  // namespace oncegate::mysql
