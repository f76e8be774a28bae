#include "sinks/postgres/table_name.h"

#include "sinks/common/identifier.h"

namespace oncegate::postgres {
namespace {

constexpr std::size_t kNameBytesMax = 63;  // NAMEDATALEN - 1

bool IsName(std::string_view part) {
  return !part.empty() && part.size() <= kNameBytesMax &&
         part.find_first_of(std::string_view(".\0", 2)) == std::string_view::npos;
}

}  // namespace

std::optional<TableName> ParseTableName(std::string_view text, std::string_view schema) {
  TableName name;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) {
    name = {std::string(schema), std::string(text)};
  } else {
    name = {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
  }
  if (!IsName(name.schema) || !IsName(name.table)) return std::nullopt;
  return name;
}

std::string ToConfigured(const TableName& name, std::string_view schema) {
  return name.schema == schema ? name.table : name.schema + "." + name.table;
}

std::string Quote(const TableName& name) {
  return QuoteIdentifier(name.schema) + "." + QuoteIdentifier(name.table);
}

}  // namespace oncegate::postgres
