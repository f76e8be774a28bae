// Names of tables. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace oncegate::postgres {

struct TableName {
  std::string schema;
  std::string table;
  friend bool operator==(const TableName&, const TableName&) = default;
};

/// "table" (in `schema`) or "schema.table". Empty where a part is missing or longer than the 63
/// bytes after which Postgres cuts a name, or where there are more than two parts.
std::optional<TableName> ParseTableName(std::string_view text, std::string_view schema);

/// The name as a configuration whose default schema is `schema` writes it.
std::string ToConfigured(const TableName& name, std::string_view schema);

/// "schema"."table", for SQL.
std::string Quote(const TableName& name);

}  // namespace oncegate::postgres
