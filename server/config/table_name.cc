#include "server/config/table_name.h"

#include <algorithm>
#include <array>

namespace oncegate {
namespace {

constexpr std::size_t kIdentifierBytesMax = 63;  // Of Postgres; longer ones are cut, and may merge.
constexpr std::array<std::string_view, 3> kReservedPrefixes{"oncegate_", "sqlite_", "pg_"};

bool IsValidIdentifier(std::string_view name) {
  const auto is_start = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (name.empty() || name.size() > kIdentifierBytesMax || !is_start(name.front())) return false;
  return std::ranges::all_of(
      name, [&](char c) { return is_start(c) || (c >= '0' && c <= '9') || c == '$'; });
}

}  // namespace

std::string TableNameFault(std::string_view table) {
  const std::size_t dot = table.find('.');
  const bool qualified = dot != std::string_view::npos;
  const std::string_view schema = qualified ? table.substr(0, dot) : "";
  const std::string_view name = qualified ? table.substr(dot + 1) : table;
  if ((qualified && !IsValidIdentifier(schema)) || !IsValidIdentifier(name)) {
    return "\"" + std::string(table) +
           "\" is no table name; write table or schema.table, each 1 to 63 letters, digits, \"_\" "
           "or \"$\", not beginning with a digit";
  }
  for (const std::string_view prefix : kReservedPrefixes) {
    if (!name.starts_with(prefix)) continue;
    return "names beginning with \"" + std::string(prefix) +
           "\" are reserved; choose another table";
  }
  return "";
}

}  // namespace oncegate
