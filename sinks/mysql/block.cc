#include "sinks/mysql/block.h"

#include <algorithm>
#include <bit>

#include "dedupe/types/check.h"

namespace oncegate::mysql {

Statement BlockStatement::Of(std::size_t rows) const {
  Statement statement{name + "/" + std::to_string(rows), head, columns};
  statement.sql.reserve(head.size() + rows * (row.size() + 1) + tail.size());
  for (std::size_t i = 0; i < rows; ++i) {
    if (i > 0) statement.sql += separator;
    statement.sql += row;
  }
  statement.sql += tail;
  return statement;
}

std::size_t NextBlock(std::size_t left, std::size_t bytes_max,
                      const std::function<std::size_t(std::size_t)>& bytes_of) {
  CHECK(left > 0);
  const std::size_t most = std::min(left, kBlockRowsMax);
  std::size_t fit = 1;
  for (std::size_t bytes = bytes_of(0); fit < most; ++fit) {
    bytes += bytes_of(fit);
    if (bytes > bytes_max) break;
  }
  return std::bit_floor(fit);
}

std::size_t ListBlock(std::size_t keys) { return std::bit_ceil(keys); }

}  // namespace oncegate::mysql
