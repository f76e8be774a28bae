// QueryRows: what one statement answered; owns its values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oncegate::mysql {

struct Field {
  bool is_null = true;
  std::int64_t number = 0;  // Of an integer column of a prepared statement.
  std::string bytes;        // Of any other.
};

class QueryRows {
 public:
  QueryRows() = default;
  QueryRows(std::size_t columns, std::vector<Field> fields, std::uint64_t affected)
      : columns_(columns), fields_(std::move(fields)), affected_(affected) {}

  std::size_t size() const { return columns_ == 0 ? 0 : fields_.size() / columns_; }
  bool IsNull(std::size_t row, std::size_t column) const { return At(row, column).is_null; }
  std::string_view Bytes(std::size_t row, std::size_t column) const {
    return At(row, column).bytes;
  }
  std::int64_t Integer(std::size_t row, std::size_t column) const { return At(row, column).number; }
  /// Rows that an INSERT, UPDATE or DELETE found or wrote; an INSERT … ON DUPLICATE KEY UPDATE
  /// counts an updated row twice.
  std::uint64_t affected() const { return affected_; }

 private:
  const Field& At(std::size_t row, std::size_t column) const {
    return fields_[row * columns_ + column];
  }

  std::size_t columns_ = 0;
  std::vector<Field> fields_;
  std::uint64_t affected_ = 0;
};

}  // namespace oncegate::mysql
