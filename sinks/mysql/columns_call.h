// ColumnsCall: writes the rows that the guard let through to the user's table, in one call. The
// rows of the table are locked and looked at first; what is there is deleted or replaced, what is
// not is inserted. Nothing is decided by ON DUPLICATE KEY UPDATE.
//
// Lives on the stack of one call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sinks/mysql/block_io.h"
#include "sinks/mysql/columns_rows.h"
#include "sinks/mysql/columns_sql.h"
#include "sinks/mysql/connection.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

class ColumnsCall {
 public:
  /// `number` tells the names of the table's statements from those of other tables.
  ColumnsCall(Connection& connection, const StreamTarget& target, const ColumnsTable& table,
              const std::string& number)
      : connection_(connection), target_(target), table_(table), number_(number) {}

  /// Writes the rows whose effect is kWritten. A row that the table holds in a higher version
  /// becomes kNewerExists; those that the server refuses go to outcome->bad.
  MysqlStatus Write(std::span<const Event* const> events,
                    const std::vector<ColumnsRowValues>& values, RowsOutcome* outcome);

 private:
  /// Locks those of the rows that the table holds, and notes which they are.
  MysqlStatus Look(std::span<const std::uint32_t> places);
  void Take(const QueryRows& rows, std::size_t row, std::uint32_t place);
  /// The rows in the order in which they are written.
  Places Plan(const Places& winners);
  MysqlStatus WriteSome(std::span<const std::uint32_t> places, std::size_t* written);
  /// Rows of one step with the same fields.
  MysqlStatus WriteRun(std::span<const std::uint32_t> places, std::size_t* written);
  MysqlStatus Insert(std::span<const std::uint32_t> places, std::size_t* written);
  MysqlStatus Update(std::uint32_t place);
  bool AreAlike(std::uint32_t left, std::uint32_t right) const;
  BlockStatement StatementOf(std::uint32_t place) const;
  RowSource Source() const;
  void AddRow(std::uint32_t place, Parameters* parameters) const;
  void AddKey(std::uint32_t place, Parameters* parameters) const;
  void AddFields(std::uint32_t place, Parameters* parameters) const;
  std::size_t BytesOf(std::uint32_t place) const;

  Connection& connection_;
  const StreamTarget& target_;
  const ColumnsTable& table_;
  const std::string& number_;
  std::span<const Event* const> events_;
  const std::vector<ColumnsRowValues>* values_ = nullptr;
  RowsOutcome* outcome_ = nullptr;
  std::vector<bool> is_there_;
  std::vector<WriteStep> steps_;
};

}  // namespace oncegate::mysql
