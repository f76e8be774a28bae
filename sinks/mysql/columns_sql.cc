#include "sinks/mysql/columns_sql.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace oncegate::mysql {
namespace {

std::string KeyIs(const ColumnsShape& shape) {
  std::string condition;
  for (const CatalogueColumn& key : shape.keys) {
    condition += (condition.empty() ? "(" : " AND ") + QuoteName(key.name) + " = ?";
  }
  return condition + ")";
}

std::size_t RowsMax(std::size_t parameters_per_row) {
  return std::min(kBlockRowsMax, kParametersMax / std::max<std::size_t>(parameters_per_row, 1));
}

/// The table, searched by the index of the key.
std::string ByKey(const ColumnsTable& table) {
  return Quote(table.name) + " AS t FORCE INDEX (" + QuoteName(table.key_index) + ")";
}

/// A column besides the key, with the SQL of what is written to it.
struct Assigned {
  std::string column;
  std::string value;
};

std::vector<Assigned> AssignedOf(const ColumnsShape& shape, std::string_view fields) {
  std::vector<Assigned> assigned;
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    assigned.push_back(
        {QuoteName(shape.fields[i].name), fields[i] == kDefaulted ? "DEFAULT" : "?"});
  }
  if (shape.version) assigned.push_back({QuoteName(shape.version->name), "?"});
  if (shape.unknown) assigned.push_back({QuoteName(shape.unknown->name), "?"});
  if (shape.deleted) assigned.push_back({QuoteName(shape.deleted->name), "0"});
  return assigned;
}

BlockStatement InsertSql(const ColumnsTable& table, WriteStep step, std::string_view fields) {
  std::string columns;
  std::string values;
  std::string tail;
  for (const CatalogueColumn& key : table.shape.keys) {
    columns += (columns.empty() ? "" : ", ") + QuoteName(key.name);
    values += values.empty() ? "?" : ",?";
  }
  for (const Assigned& assigned : AssignedOf(table.shape, fields)) {
    columns += ", " + assigned.column;
    values += "," + assigned.value;
    tail += (tail.empty() ? "" : ", ") + assigned.column + " = VALUES(" + assigned.column + ")";
  }
  // A table of nothing but its key.
  const std::string key = QuoteName(table.shape.keys.front().name);
  if (tail.empty()) tail = key + " = VALUES(" + key + ")";
  BlockStatement statement;
  statement.head = "INSERT INTO " + Quote(table.name) + " (" + columns + ") VALUES ";
  statement.row = "(" + values + ")";
  if (step == WriteStep::kReplace) statement.tail = " ON DUPLICATE KEY UPDATE " + tail;
  statement.rows_max =
      RowsMax(static_cast<std::size_t>(std::count(values.begin(), values.end(), '?')));
  return statement;
}

BlockStatement UpdateSql(const ColumnsTable& table, std::string_view fields) {
  std::string set;
  for (const Assigned& assigned : AssignedOf(table.shape, fields)) {
    set += (set.empty() ? "" : ", ") + ("t." + assigned.column) + " = " + assigned.value;
  }
  const std::string key = "t." + QuoteName(table.shape.keys.front().name);
  if (set.empty()) set = key + " = " + key;
  BlockStatement statement;
  statement.head = "UPDATE " + ByKey(table) + " SET " + set + " WHERE ";
  statement.row = KeyIs(table.shape);
  statement.rows_max = 1;
  return statement;
}

BlockStatement DeleteSql(const StreamTarget& target, const ColumnsTable& table) {
  const ColumnsShape& shape = table.shape;
  BlockStatement statement;
  statement.row = KeyIs(shape);
  statement.separator = " OR ";
  statement.rows_max = RowsMax(shape.keys.size());
  switch (target.columns.deletes) {
    case DeleteKind::kHard:
      statement.head = "DELETE t FROM " + ByKey(table) + " WHERE ";
      break;
    case DeleteKind::kSoft:
      statement.head =
          "UPDATE " + ByKey(table) + " SET t." + QuoteName(shape.deleted->name) + " = 1";
      if (shape.version) {
        statement.head += ", t." + QuoteName(shape.version->name) + " = ?";
        statement.rows_max = 1;
      }
      statement.head += " WHERE ";
      break;
  }
  return statement;
}

/// Such that they hold every value of their kind that the group may have: DECIMAL rather than
/// DOUBLE, which rounds, and LONGTEXT rather than JSON, which rounds in MySQL and is not deep in
/// MariaDB.
std::string_view TypeOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kText:
      break;
    case ColumnKind::kInteger:
      return "BIGINT";
    case ColumnKind::kNumber:
      return "DECIMAL(65, 30)";
    case ColumnKind::kBoolean:
      return "BOOLEAN";
    case ColumnKind::kJson:
      return "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  }
  return "LONGTEXT CHARACTER SET utf8mb4";
}

}  // namespace

BlockStatement StandingSql(const ColumnsTable& table, const std::string& number) {
  BlockStatement statement;
  statement.name = "columns_standing_" + number;
  for (std::size_t i = 0; i < table.shape.keys.size(); ++i) {
    statement.head += (i == 0 ? "SELECT " : ", ") + QuoteName(table.shape.keys[i].name);
    statement.columns += table.shape.key_types[i] == KeyType::kInteger ? 'i' : 'b';
  }
  if (table.shape.version) {
    statement.head += ", " + QuoteName(table.shape.version->name);
    statement.columns += 'b';
  }
  statement.head += " FROM " + ByKey(table) + " WHERE ";
  statement.row = KeyIs(table.shape);
  statement.separator = " OR ";
  statement.tail = " FOR UPDATE";
  statement.rows_max = RowsMax(table.shape.keys.size());
  return statement;
}

BlockStatement WriteSql(const StreamTarget& target, const ColumnsTable& table,
                        const std::string& number, WriteStep step, std::string_view fields) {
  BlockStatement statement;
  std::string name;
  switch (step) {
    case WriteStep::kDelete:
      statement = DeleteSql(target, table);
      name = "columns_delete_";
      break;
    case WriteStep::kReplace:
      statement = InsertSql(table, step, fields);
      name = "columns_replace_";
      break;
    case WriteStep::kUpdate:
      statement = UpdateSql(table, fields);
      name = "columns_update_";
      break;
    case WriteStep::kInsert:
      statement = InsertSql(table, step, fields);
      name = "columns_insert_";
      break;
  }
  statement.name = name + number + "/" + std::string(fields);
  return statement;
}

std::string AddColumnsSql(std::span<const NewColumn> columns, const TableName& table) {
  std::string actions;
  for (const NewColumn& column : columns) {
    actions += (actions.empty() ? " ADD COLUMN " : ", ADD COLUMN ") + QuoteName(column.name) + " " +
               std::string(TypeOf(column.kind)) + " NULL";
  }
  return "ALTER TABLE " + Quote(table) + actions;
}

}  // namespace oncegate::mysql
