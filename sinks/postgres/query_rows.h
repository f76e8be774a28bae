// QueryRows: what one statement answered. Movable owner of the driver's result.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct pg_result;

namespace oncegate::postgres {

class QueryRows {
 public:
  QueryRows() = default;
  /// Takes ownership.
  explicit QueryRows(pg_result* result) : result_(result) {}

  std::size_t size() const;
  bool IsNull(std::size_t row, std::size_t column) const;
  /// The bytes of a field, valid as long as this object: text for statements given as text, the
  /// type's binary form for prepared ones (for text, bytea and jsonb::text the bytes themselves).
  std::string_view At(std::size_t row, std::size_t column) const;
  /// Rows that an INSERT, UPDATE or DELETE wrote; 0 for anything else.
  std::uint64_t Affected() const;
  /// E.g. "COMMIT", "ROLLBACK", "INSERT 0 5".
  std::string_view CommandTag() const;

  pg_result* get() const { return result_.get(); }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace oncegate::postgres
