#include "sinks/postgres/columns_sql.h"

#include "sinks/common/identifier.h"

namespace oncegate::postgres {
namespace {

/// A string constant; names hold no NUL.
std::string Literal(std::string_view text) {
  std::string literal = "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') literal.push_back(c);
    literal.push_back(c);
  }
  return literal + "'";
}

std::string KeyAlias(std::size_t i) { return "k" + std::to_string(i + 1); }

/// The type without a length: text that is too long is an error of the column, not cut off here.
std::string CastTypeOf(KeyType type, const std::string& declared) {
  switch (type) {
    case KeyType::kText:
    case KeyType::kPaddedText:
      return "text";
    case KeyType::kInteger:
    case KeyType::kNumeric:
    case KeyType::kUuid:
    case KeyType::kDate:
    case KeyType::kBoolean:
      break;
  }
  return declared;
}

/// The rows that the parameters hold, as s: value, version, place, and the key columns.
std::string Rows(const ColumnsShape& shape) {
  std::string arrays = "$1::jsonb[], $2::text[]";
  std::string names = "value, version";
  std::string keys;
  for (std::size_t i = 0; i < shape.keys.size(); ++i) {
    arrays += ", $" + std::to_string(i + 3) + "::text[]";
    names += ", " + KeyAlias(i);
    keys += ", u." + KeyAlias(i) + "::" + CastTypeOf(shape.key_types[i], shape.keys[i].type) +
            " AS " + KeyAlias(i);
  }
  return "(SELECT u.value, u.version::numeric AS version, u.place" + keys + " FROM unnest(" +
         arrays + ") WITH ORDINALITY AS u (" + names + ", place)) AS s";
}

std::string SameKey(const ColumnsShape& shape) {
  std::string condition;
  for (std::size_t i = 0; i < shape.keys.size(); ++i) {
    condition +=
        (i == 0 ? "t." : " AND t.") + QuoteIdentifier(shape.keys[i].name) + " = s." + KeyAlias(i);
  }
  return condition;
}

std::string VersionAllows(const ColumnsShape& shape, const std::string& joint,
                          const std::string& version) {
  if (!shape.version) return "";
  const std::string column = "t." + QuoteIdentifier(shape.version->name);
  return joint + "(" + column + " IS NULL OR " + column + " <= " + version + ")";
}

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

/// The value of a field, or where it is absent the column's default.
std::string FieldValue(const CatalogueColumn& field) {
  const std::string value = "r." + QuoteIdentifier(field.name);
  if (field.default_sql.empty()) return value;
  return "CASE WHEN s.value ? " + Literal(field.name) + " THEN " + value + " ELSE (" +
         field.default_sql + ") END";
}

/// What is left of the value without the fields that have columns; NULL if that is nothing.
std::string UnknownFields(const ColumnsShape& shape) {
  std::string known;
  for (const auto* columns : {&shape.keys, &shape.fields}) {
    for (const CatalogueColumn& column : *columns) {
      known += (known.empty() ? "" : ", ") + Literal(column.name);
    }
  }
  return "nullif(s.value - ARRAY[" + known + "]::text[], '{}'::jsonb)::" + shape.unknown->type;
}

std::string_view TypeOf(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kText:
      break;
    case ColumnKind::kInteger:
      return "int8";
    case ColumnKind::kNumber:
      return "numeric";
    case ColumnKind::kBoolean:
      return "bool";
    case ColumnKind::kJson:
      return "jsonb";
  }
  return "text";
}

}  // namespace

std::string ColumnsUpsertSql(const StreamTarget&, const ColumnsShape& shape,
                             const TableName& table) {
  InsertLists lists;
  for (std::size_t i = 0; i < shape.keys.size(); ++i) {
    lists.Add(shape.keys[i].name, "s." + KeyAlias(i), true);
  }
  const std::string conflict = lists.columns();
  std::string record;
  for (const CatalogueColumn& field : shape.fields) {
    record += (record.empty() ? "" : ", ") + QuoteIdentifier(field.name) + " " + field.type;
    lists.Add(field.name, FieldValue(field));
  }
  if (shape.version) lists.Add(shape.version->name, "s.version");
  if (shape.unknown) lists.Add(shape.unknown->name, UnknownFields(shape));
  if (shape.deleted) lists.Add(shape.deleted->name, "false");
  // A table of nothing but its key.
  if (lists.assignments().empty()) lists.AddAssignment(QuoteIdentifier(shape.keys.front().name));
  std::string from = Rows(shape);
  if (!record.empty()) {
    from += " CROSS JOIN LATERAL jsonb_to_record(s.value) AS r (" + record + ")";
  }
  std::string excluded_version;
  if (shape.version) excluded_version = "excluded." + QuoteIdentifier(shape.version->name);
  return "INSERT INTO " + Quote(table) + " AS t (" + lists.columns() + ") SELECT " +
         lists.values() + " FROM " + from + " ORDER BY s.place ON CONFLICT (" + conflict +
         ") DO UPDATE SET " + lists.assignments() +
         VersionAllows(shape, " WHERE ", excluded_version);
}

std::string ColumnsDeleteSql(const StreamTarget& target, const ColumnsShape& shape,
                             const TableName& table) {
  const std::string where = " WHERE " + SameKey(shape) + VersionAllows(shape, " AND ", "s.version");
  switch (target.columns.deletes) {
    case DeleteKind::kHard:
      return "DELETE FROM " + Quote(table) + " AS t USING " + Rows(shape) + where;
    case DeleteKind::kSoft:
      break;
  }
  std::string set = QuoteIdentifier(shape.deleted->name) + " = true";
  if (shape.version) set += ", " + QuoteIdentifier(shape.version->name) + " = s.version";
  return "UPDATE " + Quote(table) + " AS t SET " + set + " FROM " + Rows(shape) + where;
}

std::string ColumnsStandingSql(const StreamTarget&, const ColumnsShape& shape,
                               const TableName& table) {
  const std::string is_newer =
      shape.version ? "coalesce(t." + QuoteIdentifier(shape.version->name) + " > s.version, false)"
                    : "false";
  const std::string is_deleted =
      shape.deleted ? "coalesce(t." + QuoteIdentifier(shape.deleted->name) + ", false)" : "false";
  return "SELECT s.place, " + is_newer + ", " + is_deleted + " FROM " + Rows(shape) + " JOIN " +
         Quote(table) + " AS t ON " + SameKey(shape);
}

std::string ColumnsFieldSql(const CatalogueColumn& field) {
  const std::string name = QuoteIdentifier(field.name);
  return "SELECT (r." + name + ") IS NULL FROM jsonb_to_record($1::text::jsonb) AS r (" + name +
         " " + field.type + ")";
}

std::string HoldColumnsSql(const TableName& table) {
  // What a write takes anyway, but of no partition that is not written to.
  return "LOCK TABLE ONLY " + Quote(table) + " IN ROW EXCLUSIVE MODE";
}

std::string CountColumnsSql(const TableName& table) {
  return "SELECT relnatts::int8 FROM pg_catalog.pg_class WHERE oid = " + Literal(Quote(table)) +
         "::pg_catalog.regclass";
}

std::string AddColumnsSql(std::span<const NewColumn> columns, const TableName& table) {
  std::string actions;
  for (const NewColumn& column : columns) {
    actions += (actions.empty() ? " ADD COLUMN IF NOT EXISTS " : ", ADD COLUMN IF NOT EXISTS ") +
               QuoteIdentifier(column.name) + " pg_catalog." + std::string(TypeOf(column.kind));
  }
  return "BEGIN; SET LOCAL lock_timeout = '1s'; SET LOCAL synchronous_commit = on; ALTER TABLE " +
         Quote(table) + actions + "; COMMIT";
}

}  // namespace oncegate::postgres
