#include "sinks/sqlite/columns_sql.h"

#include "sinks/common/identifier.h"

namespace oncegate::sqlite {
namespace {

std::string Parameter(int number) { return "?" + std::to_string(number); }

std::string WhereKey(const ColumnsShape& shape) {
  std::string where = " WHERE ";
  for (std::size_t i = 0; i < shape.keys.size(); ++i) {
    where += (i == 0 ? "" : " AND ") + QuoteIdentifier(shape.keys[i].name) + " = " +
             Parameter(static_cast<int>(i) + 1);
  }
  return where;
}

/// " AND …" where the table guards by a version of its own, else nothing.
std::string VersionAllows(const ColumnsShape& shape, const std::string& joint) {
  if (!shape.version) return "";
  const std::string column = QuoteIdentifier(shape.version->name);
  return joint + "(" + column + " IS NULL OR " + column +
         " <= " + Parameter(VersionParameter(shape)) + ")";
}

/// Column after column, with the SQL of its value.
class InsertLists {
 public:
  void Add(const std::string& name, const std::string& value, bool is_key = false) {
    const std::string column = QuoteIdentifier(name);
    columns_ += (columns_.empty() ? "" : ", ") + column;
    values_ += (values_.empty() ? "" : ", ") + value;
    if (!is_key) AddAssignment(column);
  }
  void AddAssignment(const std::string& column) {
    assignments_ += (assignments_.empty() ? "" : ", ") + column + " = excluded." + column;
  }

  const std::string& columns() const { return columns_; }
  const std::string& values() const { return values_; }
  const std::string& assignments() const { return assignments_; }

 private:
  std::string columns_;
  std::string values_;
  std::string assignments_;
};

/// Types that a STRICT table takes, too.
std::string_view TypeOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kInteger:
    case ColumnKind::kBoolean:
      return "INTEGER";
    case ColumnKind::kNumber:
      return "REAL";
    case ColumnKind::kText:
    case ColumnKind::kJson:
      break;
  }
  return "TEXT";
}

}  // namespace

std::string ColumnsUpsertSql(const StreamTarget& target, const ColumnsShape& shape) {
  InsertLists lists;
  int parameter = 0;
  for (const CatalogueColumn& key : shape.keys) lists.Add(key.name, Parameter(++parameter), true);
  const std::string conflict = lists.columns();
  ++parameter;
  if (shape.version) lists.Add(shape.version->name, Parameter(parameter));
  for (const CatalogueColumn& field : shape.fields) {
    std::string value;
    if (!field.default_sql.empty()) value = "CASE WHEN " + Parameter(++parameter) + " THEN ";
    value += Parameter(++parameter);
    if (!field.default_sql.empty()) value += " ELSE (" + field.default_sql + ") END";
    lists.Add(field.name, value);
  }
  if (shape.unknown) lists.Add(shape.unknown->name, Parameter(++parameter));
  if (shape.deleted) lists.Add(shape.deleted->name, "0");
  // A table of nothing but its key.
  if (lists.assignments().empty()) lists.AddAssignment(QuoteIdentifier(shape.keys.front().name));
  return "INSERT OR ABORT INTO " + QuoteIdentifier(target.table) + " (" + lists.columns() +
         ") VALUES (" + lists.values() + ") ON CONFLICT (" + conflict + ") DO UPDATE SET " +
         lists.assignments() + VersionAllows(shape, " WHERE ");
}

std::string ColumnsDeleteSql(const StreamTarget& target, const ColumnsShape& shape) {
  const std::string table = QuoteIdentifier(target.table);
  std::string sql;
  switch (target.columns.deletes) {
    case DeleteKind::kHard:
      sql = "DELETE FROM " + table;
      break;
    case DeleteKind::kSoft:
      sql = "UPDATE OR ABORT " + table + " SET " + QuoteIdentifier(shape.deleted->name) + " = 1";
      if (shape.version) {
        sql += ", " + QuoteIdentifier(shape.version->name) + " = " +
               Parameter(VersionParameter(shape));
      }
      break;
  }
  return sql + WhereKey(shape) + VersionAllows(shape, " AND ");
}

std::string ColumnsStandingSql(const StreamTarget& target, const ColumnsShape& shape) {
  const std::string is_newer = shape.version
                                   ? "coalesce(" + QuoteIdentifier(shape.version->name) + " > " +
                                         Parameter(VersionParameter(shape)) + ", 0)"
                                   : "0";
  return "SELECT " + is_newer + " FROM " + QuoteIdentifier(target.table) + WhereKey(shape);
}

std::string AddColumnSql(const StreamTarget& target, const NewColumn& column) {
  return "ALTER TABLE " + QuoteIdentifier(target.table) + " ADD COLUMN " +
         QuoteIdentifier(column.name) + " " + std::string(TypeOf(column.kind));
}

}  // namespace oncegate::sqlite
