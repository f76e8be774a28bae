// Statements over many rows or keys. They are prepared for 1, 2, 4 … rows and travel as blocks of
// these sizes, so that a few statements serve every number. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace oncegate::mysql {

/// Beyond it a statement gains nothing; ten columns of them are well below kParametersMax.
inline constexpr std::size_t kBlockRowsMax = 512;
/// Of one statement.
inline constexpr std::size_t kParametersMax = 65'535;

/// A statement that is prepared on its first use on a connection. `name` stands for `sql`: one name
/// never goes with two texts. `columns` tells what is read: 'b' bytes, 'i' an integer.
struct Statement {
  std::string name;
  std::string sql;
  std::string columns;
};

/// head row, row, row … tail, with another separator where one is given.
struct BlockStatement {
  std::string name;
  std::string head;
  std::string row;
  std::string tail;
  std::string columns;
  std::string separator = ",";
  std::size_t rows_max = kBlockRowsMax;

  Statement Of(std::size_t rows) const;
};

/// Rows of the next block of `left` rows, a power of two: as many as fit, by number and by bytes,
/// at least one. `bytes_of` gives the size of the n-th of these rows.
std::size_t NextBlock(std::size_t left, std::size_t bytes_max,
                      const std::function<std::size_t(std::size_t)>& bytes_of);

/// The size of a block that takes `keys` keys in a list, in which one may be repeated.
std::size_t ListBlock(std::size_t keys);

}  // namespace oncegate::mysql
