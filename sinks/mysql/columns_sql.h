// The statements of a columns target, as SQL. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sinks/mysql/block.h"
#include "sinks/mysql/columns_schema.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

/// How a row gets into the table, in the order in which the rows of a call are written: a row that
/// goes, or gives up a value, may make room for another.
enum class WriteStep : std::uint8_t {
  kDelete,   // Rows that are there and locked, as the other two are not: …
  kReplace,  // … by their key, which is the primary one, so that it is met before any other.
  kUpdate,   // … by their key, one at a time, where it is another unique one.
  kInsert,   // Rows that are not there.
};

/// A letter for each field: what its parameter is, or that the column's default takes its place.
inline constexpr char kSent = 'v';
inline constexpr char kDefaulted = 'd';

/// Of the rows with the given keys that are there, which are locked: the key columns and, where the
/// shape has one, the version. Parameters: the key columns of each row.
BlockStatement StandingSql(const ColumnsTable& table, const std::string& number);

/// Parameters of each row: kReplace and kInsert: the key columns, the fields that are kSent,
/// version, unknown fields; kUpdate: the same with the key columns behind them; kDelete: the
/// version where the delete is soft and the shape has one, and the key columns.
BlockStatement WriteSql(const StreamTarget& target, const ColumnsTable& table,
                        const std::string& number, WriteStep step, std::string_view fields);

/// One statement, which commits by itself.
std::string AddColumnsSql(std::span<const NewColumn> columns, const TableName& table);

}  // namespace oncegate::mysql
