#include "sinks/mysql/append_writer.h"

#include <algorithm>
#include <vector>

#include "sinks/mysql/block_io.h"
#include "sinks/mysql/document_table.h"
#include "sinks/mysql/row_isolation.h"
#include "sinks/mysql/row_size.h"

namespace oncegate::mysql {

SinkStatus AppendWriter::Append(const StreamTarget& target, std::span<const Event* const> rows,
                                WallTime now, RowsOutcome* outcome) {
  *outcome = RowsOutcome{};
  if (rows.empty()) return {};
  auto found = tables_.find(target.table);
  if (found == tables_.end()) {
    const auto table = ParseTableName(target.table, connection_->database());
    if (!table) {
      return SinkError{SinkErrorClass::kStream, "\"" + target.table + "\" is no table name", ""};
    }
    const std::string number = std::to_string(tables_.size());
    found = tables_.emplace(target.table, AppendStatement(*table, number)).first;
  }
  const RowSource source{[&](std::uint32_t place, Parameters* parameters) {
                           AddRow(*rows[place], !rows[place]->key_is_default, now, parameters);
                         },
                         [&](std::uint32_t place) { return BytesOfRow(*rows[place]); }};
  const WritePlaces write = [&](std::span<const std::uint32_t> places, std::size_t* written) {
    return WriteBlocks(*connection_, found->second, source, places, written);
  };
  std::vector<BadRow> refused;
  const std::vector<std::uint32_t> places = LeaveOutTooLarge(*connection_, rows, &outcome->bad);
  MysqlStatus done = WriteIsolated(places, write, &refused);
  if (done) done = TryBadRowsAgain(write, &refused);
  if (!done) return ToSinkError(done.error());
  outcome->bad.insert(outcome->bad.end(), refused.begin(), refused.end());
  std::sort(outcome->bad.begin(), outcome->bad.end(),
            [](const BadRow& left, const BadRow& right) { return left.row < right.row; });
  if (outcome->bad.empty()) outcome->effects.assign(rows.size(), RowEffect::kWritten);
  return {};
}

}  // namespace oncegate::mysql
