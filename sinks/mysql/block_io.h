// Reading and writing many rows by block statements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sinks/mysql/connection.h"

namespace oncegate::mysql {

using AddParameters = std::function<void(Parameters* parameters)>;
using Places = std::vector<std::uint32_t>;

/// Executes a statement for a list of keys, kBlockRowsMax of them at a time, in their order. Its
/// parameters are what `add_leading` adds, and the keys; `take` gets each answer with the place of
/// its first key.
MysqlStatus ExecuteByKeys(
    Connection& connection, const BlockStatement& statement, const AddParameters& add_leading,
    std::span<const std::string_view> keys,
    const std::function<void(std::size_t first, const QueryRows& rows)>& take);

/// Reads rows by a list of keys. The statement's parameters are the stream, where there is one, and
/// the keys; its first column is the key. `keys` are sorted, none twice; `take` gets each row found
/// with the place of its key.
using TakeRow = std::function<void(std::size_t place, const QueryRows& rows, std::size_t row)>;
MysqlStatus ReadByKeys(Connection& connection, const BlockStatement& statement,
                       std::optional<std::string_view> stream,
                       std::span<const std::string_view> keys, const TakeRow& take);

/// The rows of a call, as parameters. What they refer to stays as long as this object is used.
struct RowSource {
  std::function<void(std::uint32_t place, Parameters* parameters)> add;
  std::function<std::size_t(std::uint32_t place)> bytes_of;
};

/// Writes the rows that `places` names in blocks, in their order, until one fails; `*written`
/// counts the rows of those that did not. A failed block leaves nothing behind.
MysqlStatus WriteBlocks(Connection& connection, const BlockStatement& statement,
                        const RowSource& source, std::span<const std::uint32_t> places,
                        std::size_t* written);

/// Inserts those of the rows whose key is not there. `leave_out_known` is called when one is, and
/// takes those that are there out of the places that are left; `take` gets those that were
/// inserted. INSERT IGNORE would do the same, and cut what is too long.
struct InsertSteps {
  std::function<MysqlStatus(Places* places)> leave_out_known;
  std::function<void(std::span<const std::uint32_t> places)> take;
};
MysqlStatus InsertUnknown(Connection& connection, const BlockStatement& statement,
                          const RowSource& source, Places places, const InsertSteps& steps);

}  // namespace oncegate::mysql
