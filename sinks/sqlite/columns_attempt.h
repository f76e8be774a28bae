// ColumnsAttempt: how a columns target writes a row. Lives on the stack of one call.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "sinks/common/columns_growth.h"
#include "sinks/common/columns_shape.h"
#include "sinks/sqlite/columns_table.h"
#include "sinks/sqlite/guard_rows.h"
#include "sinks/sqlite/row_attempt.h"
#include "sinks/sqlite/row_binding.h"

namespace oncegate::sqlite {

class ColumnsAttempt final : public RowAttempt {
 public:
  ColumnsAttempt(Connection& connection, const StreamTarget& target, ColumnsStatements& statements,
                 GuardRows& guards, const ColumnRefusals& refusals, WallTime now);

  RowStep Write(std::uint32_t row, const Event& event, RowsOutcome* outcome) override;
  std::string Sql() const override;
  /// Once it is not empty, no further row is written.
  const ColumnGrowth& growth() const { return growth_; }

 private:
  /// Upsert or delete; false in *written: the table holds a row of a higher version.
  RowStep WriteTable(const Event& event, bool* written);
  void BindKey(Statement& statement, const Event& event);
  /// False: a number that the column can not hold.
  bool BindFields();
  bool BindField(int parameter, const CatalogueColumn& column, std::string_view value);
  bool BindNumber(int parameter, const CatalogueColumn& column, std::string_view token);
  void BindUnknown(int parameter);
  void BindOwned(Statement& statement, int parameter, std::string text);

  const StreamTarget& target_;
  ColumnsStatements& statements_;
  GuardRows& guards_;
  WallTime now_;
  RowBinding binding_;
  ColumnsRow row_;
  ColumnGrowth growth_;
  std::deque<std::string> texts_;  // What the parameters at hand view.
};

}  // namespace oncegate::sqlite
