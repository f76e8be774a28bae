#include "server/config/read_columns.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace oncegate {
namespace {

constexpr std::size_t kColumnNameBytesMax = 63;  // Of Postgres.
constexpr std::size_t kKeyColumnsMax = 16;

void CheckName(TableReader* reader, std::string_view key, const std::string& name) {
  if (!name.empty() && name.size() <= kColumnNameBytesMax && name.find('\0') == std::string::npos)
    return;
  reader->AddFault(key, "\"" + name + "\" is no column name; write 1 to 63 bytes");
}

void CheckNames(TableReader* reader, std::string_view key, const std::vector<std::string>& names) {
  for (const std::string& name : names) CheckName(reader, key, name);
}

void ReadChoices(TableReader* reader, ColumnsOptions* columns) {
  static constexpr std::array<std::string_view, 3> kUnknown{"reject", "ignore", "column"};
  static constexpr std::array<std::string_view, 2> kDeletes{"hard", "soft"};
  std::string text;
  if (reader->Choice("unknown_fields", kUnknown, &text)) {
    columns->unknown_fields = *ParseUnknownFields(text);
  }
  if (reader->Choice("delete", kDeletes, &text)) columns->deletes = *ParseDeleteKind(text);
}

/// A setting that goes with one choice of another, and has to be there with it.
void CheckPair(TableReader* reader, std::string_view key, bool is_wanted, std::string_view choice) {
  if (reader->Has(key) == is_wanted) return;
  reader->AddFault(key, is_wanted ? "is missing; it goes with " + std::string(choice)
                                  : "goes with " + std::string(choice) + " only");
}

void CheckColumns(TableReader* reader, const StreamConfig& stream) {
  const ColumnsOptions& columns = stream.columns;
  if (columns.key_columns.empty()) {
    reader->AddFault("key_columns",
                     "is missing; name the columns of the table's key, such as "
                     "[\"id\"]");
  } else if (columns.key_columns.size() > kKeyColumnsMax) {
    reader->AddFault("key_columns", "has more than " + std::to_string(kKeyColumnsMax) + " names");
  }
  CheckNames(reader, "key_columns", columns.key_columns);
  CheckNames(reader, "columns", columns.columns);
  CheckPair(reader, "unknown_fields_column", columns.unknown_fields == UnknownFields::kColumn,
            "unknown_fields = \"column\"");
  CheckPair(reader, "deleted_column", columns.deletes == DeleteKind::kSoft, "delete = \"soft\"");
  if (columns.auto_evolve && !columns.columns.empty()) {
    reader->AddFault("auto_evolve",
                     "adds columns that columns does not list; take one of them out");
  }
  std::set<std::string> taken;
  const auto take = [&](std::string_view key, const std::string& name) {
    if (!name.empty() && !taken.insert(name).second) {
      reader->AddFault(key, "\"" + name + "\" is named twice; each column has one purpose");
    }
  };
  for (const std::string& name : columns.key_columns) take("key_columns", name);
  for (const std::string& name : columns.columns) take("columns", name);
  for (const auto& [key, name] : {std::pair("version_column", columns.version_column),
                                  {"deleted_column", columns.deleted_column},
                                  {"unknown_fields_column", columns.unknown_fields_column}}) {
    if (reader->Has(key)) CheckName(reader, key, name);
    take(key, name);
  }
}

}  // namespace

void ReadColumns(TableReader* reader, StreamConfig* stream) {
  ColumnsOptions& columns = stream->columns;
  reader->List("key_columns", &columns.key_columns);
  reader->List("columns", &columns.columns);
  ReadChoices(reader, &columns);
  reader->Text("unknown_fields_column", &columns.unknown_fields_column);
  reader->Text("version_column", &columns.version_column);
  reader->Text("deleted_column", &columns.deleted_column);
  reader->Flag("auto_evolve", &columns.auto_evolve);
  if (stream->target == "columns") return CheckColumns(reader, *stream);
  for (const std::string_view key :
       {"key_columns", "columns", "unknown_fields", "unknown_fields_column", "version_column",
        "delete", "deleted_column", "auto_evolve"}) {
    if (reader->Has(key)) reader->AddFault(key, "goes with target = \"columns\" only");
  }
}

}  // namespace oncegate
