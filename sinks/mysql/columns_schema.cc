#include "sinks/mysql/columns_schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace oncegate::mysql {
namespace {

constexpr std::string_view kPrimary = "PRIMARY";
/// Of a DECIMAL that holds every integer of 64 bits.
constexpr std::int64_t kIntegerDigitsMin = 19;

// Where they stand in what is read.
enum Column : std::uint8_t {
  kName,
  kColumnType,
  kDataType,
  kIsNullable,
  kDefault,
  kExtra,
  kGeneration,
  kTextSize,
  kByteSize,
  kPrecision,
  kScale,
  kTimeScale,
  kCharset,
  kCollation,
};

constexpr char kReadColumns[] =
    "SELECT column_name, column_type, data_type, is_nullable = 'YES', column_default, extra, "
    "COALESCE(generation_expression, ''), CAST(COALESCE(character_maximum_length, 0) AS SIGNED), "
    "CAST(COALESCE(character_octet_length, 0) AS SIGNED), "
    "CAST(COALESCE(numeric_precision, 0) AS SIGNED), CAST(numeric_scale AS SIGNED), "
    "CAST(COALESCE(datetime_precision, 0) AS SIGNED), COALESCE(character_set_name, ''), "
    "COALESCE(collation_name, '') FROM information_schema.columns "
    "WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position";

/// Whole columns alone: a prefix of a column, an expression and a hash say nothing of the row.
constexpr char kReadIndexes[] =
    "SELECT index_name, COALESCE(column_name, ''), sub_part IS NULL AND column_name IS NOT NULL "
    "AND index_type = 'BTREE' FROM information_schema.statistics WHERE table_schema = ? AND "
    "table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index";

template <std::size_t kSize>
bool IsOneOf(std::string_view type, const std::array<std::string_view, kSize>& types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

constexpr std::array<std::string_view, 5> kIntegers{"tinyint", "smallint", "mediumint", "int",
                                                    "bigint"};
constexpr std::array<std::string_view, 4> kLongTexts{"tinytext", "text", "mediumtext", "longtext"};
constexpr std::array<std::string_view, 5> kAnyBytes{"varbinary", "tinyblob", "blob", "mediumblob",
                                                    "longblob"};

/// A row of kReadColumns.
class ReadColumn {
 public:
  ReadColumn(const QueryRows& rows, std::size_t row, bool is_json)
      : rows_(rows), row_(row), is_json_(is_json), type_(rows.Bytes(row, kDataType)) {}

  std::string Text(Column column) const { return std::string(rows_.Bytes(row_, column)); }

  CatalogueColumn ToCatalogue() const {
    CatalogueColumn column;
    column.name = Text(kName);
    column.type = Text(kColumnType);
    column.not_null = rows_.Integer(row_, kIsNullable) == 0;
    // MariaDB says NULL in words where that is the default.
    const bool has_default = !rows_.IsNull(row_, kDefault) && rows_.Bytes(row_, kDefault) != "NULL";
    if (has_default) column.default_sql = "DEFAULT";
    const bool is_computed = !Text(kGeneration).empty();
    column.is_optional_identity = !is_computed && (Has("auto_increment") || Has("INVISIBLE"));
    column.is_generated = is_computed || column.is_optional_identity;
    column.key_type = KeyTypeOf();
    if (!column.key_type && !Text(kCollation).empty()) {
      column.type += " COLLATE " + Text(kCollation);
      if (type_ == "varchar" || type_ == "char") {
        column.key_advice =
            "give it a collation of bytes (CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)";
      }
    }
    const bool is_integer = IsOneOf(type_, kIntegers);
    column.holds_booleans = is_integer || type_ == "bit";
    column.holds_integers =
        type_ == "bigint" || (IsWhole() && rows_.Integer(row_, kPrecision) >= kIntegerDigitsMin);
    column.holds_json =
        is_json_ || type_ == "varchar" || type_ == "char" || IsOneOf(type_, kLongTexts);
    return column;
  }

  ColumnRules ToRules() const {
    ColumnRules rules;
    rules.name = Text(kName);
    rules.declared = Text(kColumnType);
    rules.form = FormOf();
    switch (rules.form) {
      case ColumnForm::kNumber:
        if (!rows_.IsNull(row_, kScale))
          rules.scale = static_cast<int>(rows_.Integer(row_, kScale));
        break;
      case ColumnForm::kDateTime:
      case ColumnForm::kTime:
        rules.scale = static_cast<int>(rows_.Integer(row_, kTimeScale));
        break;
      case ColumnForm::kBits:
        rules.size_max = Size(kPrecision);
        break;
      case ColumnForm::kLongText:
      case ColumnForm::kPaddedBytes:
        rules.size_max = Size(kByteSize);
        break;
      case ColumnForm::kText:
      case ColumnForm::kPaddedText:
      case ColumnForm::kBytes:
      case ColumnForm::kJson:
      case ColumnForm::kMember:
      case ColumnForm::kMembers:
      case ColumnForm::kDate:
      case ColumnForm::kYear:
      case ColumnForm::kOther:
        rules.size_max = Size(kTextSize);
        break;
    }
    // There NULL may mean the time at hand.
    rules.takes_null = type_ != "timestamp" || rows_.Integer(row_, kIsNullable) != 0;
    return rules;
  }

 private:
  bool Has(std::string_view word) const {
    return rows_.Bytes(row_, kExtra).find(word) != std::string_view::npos;
  }
  std::uint64_t Size(Column column) const {
    return static_cast<std::uint64_t>(rows_.Integer(row_, column));
  }
  /// A DECIMAL without digits behind the point.
  bool IsWhole() const { return type_ == "decimal" && rows_.Integer(row_, kScale) == 0; }

  /// A DECIMAL with digits behind the point rounds, and most collations take different texts for
  /// one, so that different keys would mean one row.
  std::optional<KeyType> KeyTypeOf() const {
    if (IsOneOf(type_, kIntegers) || IsWhole()) return KeyType::kInteger;
    if (type_ == "varbinary") return KeyType::kText;
    if (type_ == "uuid") return KeyType::kUuid;
    if (type_ == "date") return KeyType::kDate;
    const std::string collation = Text(kCollation);
    const bool compares_bytes = Text(kCharset) == "utf8mb4" && collation.ends_with("_bin");
    if (!compares_bytes || (type_ != "varchar" && type_ != "char")) return std::nullopt;
    // The other ones take "a" and "a " for the same.
    const bool keeps_spaces = collation == "utf8mb4_nopad_bin" || collation == "utf8mb4_0900_bin";
    return keeps_spaces && type_ == "varchar" ? KeyType::kText : KeyType::kPaddedText;
  }

  ColumnForm FormOf() const {
    if (is_json_) return ColumnForm::kJson;
    if (IsOneOf(type_, kIntegers) || type_ == "decimal" || type_ == "float" || type_ == "double") {
      return ColumnForm::kNumber;
    }
    if (IsOneOf(type_, kLongTexts)) return ColumnForm::kLongText;
    if (IsOneOf(type_, kAnyBytes)) return ColumnForm::kBytes;
    static const std::map<std::string_view, ColumnForm> forms{
        {"bit", ColumnForm::kBits},           {"varchar", ColumnForm::kText},
        {"char", ColumnForm::kPaddedText},    {"binary", ColumnForm::kPaddedBytes},
        {"enum", ColumnForm::kMember},        {"set", ColumnForm::kMembers},
        {"date", ColumnForm::kDate},          {"datetime", ColumnForm::kDateTime},
        {"timestamp", ColumnForm::kDateTime}, {"time", ColumnForm::kTime},
        {"year", ColumnForm::kYear}};
    const auto found = forms.find(type_);
    return found == forms.end() ? ColumnForm::kOther : found->second;
  }

  const QueryRows& rows_;
  std::size_t row_;
  bool is_json_;
  std::string_view type_;
};

Parameters NamesOf(const TableName& table) {
  Parameters names;
  names.AddText(table.database);
  names.AddText(table.table);
  return names;
}

/// What the catalogue holds of a table.
struct Catalogue {
  CatalogueTable table;
  std::map<std::string, ColumnRules> rules;  // By column.
  std::vector<std::string> indexes;          // Parallel to table.unique_keys.
};

MysqlStatus ReadColumns(Connection& connection, const TableName& name,
                        const std::vector<ResultColumn>& described, Catalogue* catalogue) {
  const auto rows =
      connection.Execute({"columns_of", kReadColumns, "bbbibbbiiiiibb"}, NamesOf(name));
  if (!rows) return rows.error();
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const std::string_view column_name = rows->Bytes(row, kName);
    const bool is_json = std::any_of(
        described.begin(), described.end(),
        [&](const ResultColumn& column) { return column.is_json && column.name == column_name; });
    const ReadColumn column(*rows, row, is_json);
    catalogue->table.columns.push_back(column.ToCatalogue());
    catalogue->rules[std::string(column_name)] = column.ToRules();
  }
  return {};
}

MysqlStatus ReadUniqueKeys(Connection& connection, const TableName& name, Catalogue* catalogue) {
  const auto rows = connection.Execute({"indexes_of", kReadIndexes, "bbi"}, NamesOf(name));
  if (!rows) return rows.error();
  std::map<std::string, std::optional<std::vector<std::string>>> indexes;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto [place, is_new] =
        indexes.try_emplace(std::string(rows->Bytes(row, 0)), std::vector<std::string>());
    std::optional<std::vector<std::string>>& columns = place->second;
    if (rows->Integer(row, 2) == 0) columns.reset();
    if (columns) columns->emplace_back(rows->Bytes(row, 1));
  }
  for (const auto& [index, columns] : indexes) {
    if (!columns) continue;
    catalogue->indexes.push_back(index);
    catalogue->table.unique_keys.push_back(*columns);
  }
  return {};
}

/// Precondition: the shape fits, so that there is one.
std::string KeyIndexOf(const StreamTarget& target, const Catalogue& catalogue) {
  std::vector<std::string> wanted = target.columns.key_columns;
  std::sort(wanted.begin(), wanted.end());
  std::string found;
  for (std::size_t i = 0; i < catalogue.indexes.size(); ++i) {
    std::vector<std::string> columns = catalogue.table.unique_keys[i];
    std::sort(columns.begin(), columns.end());
    if (columns != wanted) continue;
    if (found.empty() || catalogue.indexes[i] == kPrimary) found = catalogue.indexes[i];
  }
  return found;
}

}  // namespace

MysqlResult<std::vector<ResultColumn>> HoldColumns(Connection& connection, const TableName& table) {
  // FOR UPDATE takes the lock on the table's definition that a write needs: to ask for it later,
  // behind an ALTER TABLE that waits for this transaction, would be a deadlock.
  return connection.Describe("SELECT * FROM " + Quote(table) + " LIMIT 0 FOR UPDATE");
}

SinkResult<ColumnsTable> ReadColumnsTable(Connection& connection, const StreamTarget& target,
                                          const TableName& table) {
  auto described = HoldColumns(connection, table);
  if (!described) return ToSinkError(described.error());
  Catalogue catalogue;
  MysqlStatus read = ReadColumns(connection, table, *described, &catalogue);
  if (read) read = ReadUniqueKeys(connection, table, &catalogue);
  if (!read) return ToSinkError(read.error());
  Result<ColumnsShape> shape = ShapeOf(target, catalogue.table);
  if (!shape) return SinkError{SinkErrorClass::kRefused, shape.error().message, ""};
  ColumnsTable columns{
      table, *std::move(shape), {}, {}, KeyIndexOf(target, catalogue), *std::move(described)};
  for (const CatalogueColumn& key : columns.shape.keys) {
    columns.key_rules.push_back(catalogue.rules[key.name]);
  }
  for (const CatalogueColumn& field : columns.shape.fields) {
    columns.field_rules.push_back(catalogue.rules[field.name]);
  }
  return columns;
}

}  // namespace oncegate::mysql
