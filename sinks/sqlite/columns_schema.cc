#include "sinks/sqlite/columns_schema.h"

#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace oncegate::sqlite {
namespace {

std::string UpperAscii(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

CatalogueColumn ColumnOf(std::string_view name, std::string_view type, bool not_null,
                         std::string_view default_sql, bool is_generated) {
  CatalogueColumn column;
  column.name = name;
  column.type = type;
  column.not_null = not_null;
  column.default_sql = default_sql;
  column.is_generated = is_generated;
  const Affinity affinity = AffinityOf(type);
  if (affinity == Affinity::kInteger) column.key_type = KeyType::kInteger;
  if (affinity == Affinity::kText) column.key_type = KeyType::kText;
  column.holds_integers = affinity == Affinity::kInteger || affinity == Affinity::kNumeric;
  column.holds_booleans = column.holds_integers;
  column.holds_json = affinity == Affinity::kText || affinity == Affinity::kBlob ||
                      UpperAscii(type).starts_with("JSON");
  return column;
}

SinkStatus ReadColumns(Connection& connection, std::string_view table, CatalogueTable* catalogue) {
  SinkResult<Statement> select = connection.Prepare(
      "SELECT name, type, \"notnull\", coalesce(dflt_value, ''), hidden, pk"
      " FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid");
  if (!select) return select.error();
  select->BindText(1, table);
  std::vector<std::pair<std::int64_t, std::string>> primary_key;
  int code = SQLITE_ROW;
  while ((code = select->Step()) == SQLITE_ROW) {
    catalogue->columns.push_back(ColumnOf(select->Text(0), select->Text(1), select->Integer(2) != 0,
                                          select->Text(3), select->Integer(4) != 0));
    if (select->Integer(5) != 0) primary_key.emplace_back(select->Integer(5), select->Text(0));
  }
  if (code != SQLITE_DONE) return connection.Fail(code, "reading the columns of a table");
  // A single INTEGER PRIMARY KEY is the row's number: it stands in no index, and without a value
  // the database makes one up.
  if (primary_key.size() == 1) {
    CatalogueColumn& key = *std::find_if(
        catalogue->columns.begin(), catalogue->columns.end(),
        [&](const CatalogueColumn& c) { return c.name == primary_key.front().second; });
    if (UpperAscii(key.type) == "INTEGER") {
      catalogue->unique_keys.push_back({key.name});
      key.is_generated = true;
      key.is_optional_identity = true;
    }
  }
  return {};
}

/// Whole unique indexes over plain columns in byte order.
SinkStatus ReadUniqueKeys(Connection& connection, std::string_view table,
                          CatalogueTable* catalogue) {
  SinkResult<Statement> select = connection.Prepare(
      "SELECT l.seq, i.name, i.coll = 'BINARY' FROM pragma_index_list(?1) AS l,"
      " pragma_index_xinfo(l.name) AS i WHERE l.\"unique\" AND NOT l.partial AND i.key"
      " ORDER BY l.seq, i.seqno");
  if (!select) return select.error();
  select->BindText(1, table);
  std::int64_t index = -1;
  bool usable = false;
  int code = SQLITE_ROW;
  while ((code = select->Step()) == SQLITE_ROW) {
    if (select->Integer(0) != index) {
      index = select->Integer(0);
      catalogue->unique_keys.emplace_back();
      usable = true;
    }
    usable = usable && !select->IsNull(1) && select->Integer(2) != 0;
    if (usable) {
      catalogue->unique_keys.back().emplace_back(select->Text(1));
    } else {
      catalogue->unique_keys.back().clear();
    }
  }
  if (code != SQLITE_DONE) return connection.Fail(code, "reading the indexes of a table");
  return {};
}

}  // namespace

Affinity AffinityOf(std::string_view declared_type) {
  const std::string type = UpperAscii(declared_type);
  const auto holds = [&type](std::string_view part) {
    return type.find(part) != std::string::npos;
  };
  if (holds("INT")) return Affinity::kInteger;
  if (holds("CHAR") || holds("CLOB") || holds("TEXT")) return Affinity::kText;
  if (holds("BLOB") || type.empty()) return Affinity::kBlob;
  if (holds("REAL") || holds("FLOA") || holds("DOUB")) return Affinity::kReal;
  return Affinity::kNumeric;
}

SinkResult<ColumnsShape> ReadShape(Connection& connection, const StreamTarget& target) {
  CatalogueTable catalogue;
  if (SinkStatus read = ReadColumns(connection, target.table, &catalogue); !read) {
    return read.error();
  }
  if (SinkStatus read = ReadUniqueKeys(connection, target.table, &catalogue); !read) {
    return read.error();
  }
  if (catalogue.columns.empty()) {
    return connection.Refuse(
        SinkErrorClass::kStream,
        "table \"" + target.table + "\" of stream \"" + target.stream + "\" is gone; restore it");
  }
  Result<ColumnsShape> shape = ShapeOf(target, catalogue);
  if (!shape) return connection.Refuse(SinkErrorClass::kRefused, shape.error().message);
  return *std::move(shape);
}

}  // namespace oncegate::sqlite
