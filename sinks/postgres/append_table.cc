#include "sinks/postgres/append_table.h"

#include "sinks/postgres/document_table.h"

namespace oncegate::postgres {

std::string CreateAppendTableSql(const TableName& table) {
  return "CREATE TABLE " + Quote(table) + " (key text COLLATE \"C\", " + EventColumnsSql() + ")";
}

std::string AppendSql(const TableName& table) {
  return "INSERT INTO " + Quote(table) + " (" + std::string(kRowColumns) + ") " + SelectRowsSql();
}

std::string AppendCopySql(const TableName& table) {
  return "COPY " + Quote(table) + " (" + std::string(kRowColumns) + ") FROM STDIN (FORMAT binary)";
}

}  // namespace oncegate::postgres
