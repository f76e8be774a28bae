// The shape of a columns target: what the catalogue of a database says about the user's table, and
// which column takes what. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/event.h"
#include "dedupe/types/result.h"
#include "sinks/common/json_members.h"
#include "sinks/common/row_key.h"
#include "sinks/sink.h"

namespace oncegate {

/// One column as the catalogue has it.
struct CatalogueColumn {
  std::string name;
  std::string type;                 // As SQL writes it.
  std::optional<KeyType> key_type;  // Empty: it can not be a key column.
  std::string key_advice;           // What would make it one, where something would.
  bool not_null = false;
  std::string default_sql;  // An expression; empty: there is none.
  /// The database alone writes it: generated, or an identity.
  bool is_generated = false;
  /// An identity that takes a value too, so it may be a key column.
  bool is_optional_identity = false;
  bool holds_booleans = false;
  bool holds_integers = false;
  bool holds_json = false;
};

struct CatalogueTable {
  std::vector<CatalogueColumn> columns;
  /// The columns of each unique index that is whole, valid and checked at once.
  std::vector<std::vector<std::string>> unique_keys;
};

struct ColumnsShape {
  std::vector<CatalogueColumn> keys;
  std::vector<KeyType> key_types;
  std::vector<CatalogueColumn> fields;  // Those that fields of a value go to.
  std::optional<CatalogueColumn> version;
  std::optional<CatalogueColumn> deleted;
  std::optional<CatalogueColumn> unknown;
  std::vector<std::string> names;  // Of all columns, in lower case, sorted.
};

/// The error names table, column and what to do.
Result<ColumnsShape> ShapeOf(const StreamTarget& target, const CatalogueTable& table);

/// The key columns as a catalogue entry holds them, since they say what keys mean: a JSON array.
/// Empty for other targets.
std::string KeyColumnsText(const StreamTarget& target);

/// What an event holds for a row.
struct ColumnsRow {
  std::vector<std::string> key;     // Parallel to the shape's keys, as text.
  std::vector<JsonMember> members;  // Of the value.
  /// Parallel to the shape's fields: the member that goes there, or kAbsent.
  std::vector<std::size_t> field_members;
  /// Those without a column, the key's aside; what becomes of them is for ColumnGrowth to say.
  std::vector<std::size_t> unknown_members;

  static constexpr std::size_t kAbsent = ~std::size_t{0};
};

/// The unknown members that are left, as one JSON object; empty: there are none.
std::string UnknownObject(const ColumnsRow& row);

/// Empty if *row is filled in, else why the event can not become a row, for the client.
std::string ReadColumnsRow(const ColumnsShape& shape, const Event& event, ColumnsRow* row);

}  // namespace oncegate
