#include "sinks/postgres/columns_schema.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace oncegate::postgres {
namespace {

constexpr std::array<std::pair<std::string_view, KeyType>, 9> kKeyTypes{{
    {"int2", KeyType::kInteger},
    {"int4", KeyType::kInteger},
    {"int8", KeyType::kInteger},
    {"numeric", KeyType::kNumeric},
    {"text", KeyType::kText},
    {"varchar", KeyType::kPaddedText},
    {"uuid", KeyType::kUuid},
    {"date", KeyType::kDate},
    {"bool", KeyType::kBoolean},
}};

/// `type` is the name of a type of pg_catalog, else empty. A numeric with a scale rounds, so that
/// different keys would mean one row.
std::optional<KeyType> KeyTypeOf(std::string_view type, std::string_view declared,
                                 bool is_deterministic) {
  if (type == "numeric" && declared != "numeric") return std::nullopt;
  const auto* const found = std::find_if(kKeyTypes.begin(), kKeyTypes.end(),
                                         [type](const auto& entry) { return entry.first == type; });
  if (found == kKeyTypes.end() || !is_deterministic) return std::nullopt;
  return found->second;
}

std::string NumberOf(Connection& connection, const TableName& table) {
  return "(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
         "ON n.oid = c.relnamespace WHERE n.nspname = " +
         connection.QuoteLiteral(table.schema) +
         " AND c.relname = " + connection.QuoteLiteral(table.table) + ")";
}

SinkStatus ReadColumns(Connection& connection, const std::string& number, CatalogueTable* table) {
  const auto rows = connection.Execute(
      "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), "
      "CASE WHEN tn.nspname = 'pg_catalog' THEN t.typname ELSE '' END, a.attnotnull, "
      "coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), "
      "pg_catalog.pg_get_expr(t.typdefaultbin, 0), ''), "
      "a.attgenerated <> '' OR a.attidentity <> '', a.attidentity = 'd', "
      "coalesce(co.collisdeterministic, true) "
      "FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
      "JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace "
      "LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
      "LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation "
      "WHERE a.attrelid = " +
      number + " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum");
  if (!rows) return ToSinkError(rows.error());
  for (std::size_t row = 0; row < rows->size(); ++row) {
    CatalogueColumn column;
    column.name = rows->At(row, 0);
    column.type = rows->At(row, 1);
    const std::string_view type = rows->At(row, 2);
    column.not_null = rows->At(row, 3) == "t";
    column.is_generated = rows->At(row, 5) == "t";
    column.is_optional_identity = rows->At(row, 6) == "t";
    if (!column.is_generated) column.default_sql = rows->At(row, 4);
    column.key_type = KeyTypeOf(type, column.type, rows->At(row, 7) == "t");
    column.holds_booleans = type == "bool";
    column.holds_integers = type == "int8" || type == "numeric";
    column.holds_json = type == "json" || type == "jsonb" || type == "text";
    table->columns.push_back(std::move(column));
  }
  return {};
}

/// Whole unique indexes over plain columns that are checked at once.
SinkStatus ReadUniqueKeys(Connection& connection, const std::string& number,
                          CatalogueTable* table) {
  const auto rows = connection.Execute(
      "SELECT i.indexrelid::text, a.attname FROM pg_catalog.pg_index i "
      "CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) "
      "JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum "
      "WHERE i.indrelid = " +
      number +
      " AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL "
      "AND i.indexprs IS NULL AND k.place <= i.indnkeyatts ORDER BY i.indexrelid, k.place");
  if (!rows) return ToSinkError(rows.error());
  std::string index;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    if (rows->At(row, 0) != index) {
      index = rows->At(row, 0);
      table->unique_keys.emplace_back();
    }
    table->unique_keys.back().emplace_back(rows->At(row, 1));
  }
  return {};
}

}  // namespace

SinkResult<ColumnsShape> ReadShape(Connection& connection, const StreamTarget& target,
                                   const TableName& table) {
  const std::string number = NumberOf(connection, table);
  CatalogueTable catalogue;
  if (const SinkStatus read = ReadColumns(connection, number, &catalogue); !read) {
    return read.error();
  }
  if (const SinkStatus read = ReadUniqueKeys(connection, number, &catalogue); !read) {
    return read.error();
  }
  Result<ColumnsShape> shape = ShapeOf(target, catalogue);
  if (!shape) return SinkError{SinkErrorClass::kRefused, shape.error().message, ""};
  return *std::move(shape);
}

}  // namespace oncegate::postgres
