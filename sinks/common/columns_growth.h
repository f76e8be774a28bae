// Which columns a table of a columns target gets from the events of one call (auto_evolve). Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sinks/common/columns_shape.h"
#include "sinks/common/json_members.h"
#include "sinks/sink.h"

namespace oncegate {

/// What the databases of one session refused to add. Stands for one transaction, the next one, so
/// that a right that is given later is noticed.
class ColumnRefusals {
 public:
  void Add(const StreamTarget& target, const NewColumn& column, std::string reason);
  void OnBegin();
  /// Null: it was not refused.
  const std::string* Find(std::string_view stream, std::string_view column) const;

 private:
  using Reasons = std::map<std::pair<std::string, std::string>, std::string>;
  Reasons next_;
  Reasons now_;
};

class ColumnGrowth {
 public:
  /// No table grows beyond this many columns by auto_evolve.
  static constexpr std::size_t kTableColumnsMax = 256;

  ColumnGrowth(const StreamTarget& target, const ColumnsShape& shape,
               const ColumnRefusals& refusals)
      : target_(target), shape_(shape), refusals_(refusals) {}

  /// Takes in the unknown fields of one event: they ask for columns, or are left to unknown_fields.
  /// Empty, or why the event can not become a row; then it asks for nothing.
  std::string Take(ColumnsRow* row);

  bool empty() const { return kinds_.empty(); }
  std::vector<NewColumn> columns() const;

 private:
  /// A column of that name can be added, or is asked for already.
  bool MayHaveColumn(const std::string& name, std::size_t asked_for) const;

  const StreamTarget& target_;
  const ColumnsShape& shape_;
  const ColumnRefusals& refusals_;
  std::map<std::string, ColumnKind, std::less<>> kinds_;
};

}  // namespace oncegate
