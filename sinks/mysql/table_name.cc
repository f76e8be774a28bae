#include "sinks/mysql/table_name.h"

#include "dedupe/types/check.h"

namespace oncegate::mysql {
namespace {

constexpr std::size_t kNameBytesMax =
    64;  // Characters, in the server: more is not cut but refused.

bool IsName(std::string_view part) {
  return !part.empty() && part.size() <= kNameBytesMax && part.back() != ' ' &&
         part.find_first_of(std::string_view(".\0", 2)) == std::string_view::npos;
}

}  // namespace

std::optional<TableName> ParseTableName(std::string_view text, std::string_view database) {
  TableName name;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) {
    name = {std::string(database), std::string(text)};
  } else {
    name = {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
  }
  if (!IsName(name.database) || !IsName(name.table)) return std::nullopt;
  return name;
}

std::string ToConfigured(const TableName& name, std::string_view database) {
  return name.database == database ? name.table : name.database + "." + name.table;
}

std::string QuoteName(std::string_view identifier) {
  CHECK(identifier.find('\0') == std::string_view::npos);
  std::string quoted = "`";
  for (const char c : identifier) {
    if (c == '`') quoted.push_back('`');
    quoted.push_back(c);
  }
  quoted.push_back('`');
  return quoted;
}

std::string Quote(const TableName& name) {
  return QuoteName(name.database) + "." + QuoteName(name.table);
}

}  // namespace oncegate::mysql
