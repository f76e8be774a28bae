#include "sinks/mysql/block_io.h"

#include <algorithm>

#include "dedupe/types/check.h"

namespace oncegate::mysql {
namespace {

/// What was looked up as missing may be inserted by somebody else before this session does, and
/// what stood in the way may be deleted before it is looked up; more than a few such turns mean
/// that something else is wrong.
constexpr int kTurnsMax = 16;

}  // namespace

MysqlStatus ExecuteByKeys(
    Connection& connection, const BlockStatement& statement, const AddParameters& add_leading,
    std::span<const std::string_view> keys,
    const std::function<void(std::size_t first, const QueryRows& rows)>& take) {
  for (std::size_t first = 0; first < keys.size(); first += kBlockRowsMax) {
    const auto part = keys.subspan(first, std::min(kBlockRowsMax, keys.size() - first));
    const std::size_t size = ListBlock(part.size());
    Parameters parameters;
    add_leading(&parameters);
    for (std::size_t i = 0; i < size; ++i) {
      parameters.AddBytes(part[std::min(i, part.size() - 1)]);
    }
    const auto found = connection.Execute(statement.Of(size), parameters);
    if (!found) return found.error();
    take(first, *found);
  }
  return {};
}

MysqlStatus ReadByKeys(Connection& connection, const BlockStatement& statement,
                       std::optional<std::string_view> stream,
                       std::span<const std::string_view> keys, const TakeRow& take) {
  const auto add_stream = [&](Parameters* parameters) {
    if (stream) parameters->AddBytes(*stream);
  };
  return ExecuteByKeys(connection, statement, add_stream, keys,
                       [&](std::size_t first, const QueryRows& rows) {
                         const auto part = keys.subspan(first);
                         for (std::size_t row = 0; row < rows.size(); ++row) {
                           const std::string_view key = rows.Bytes(row, 0);
                           const auto at = std::lower_bound(part.begin(), part.end(), key);
                           CHECK(at != part.end() && *at == key);
                           take(first + static_cast<std::size_t>(at - part.begin()), rows, row);
                         }
                       });
}

MysqlStatus WriteBlocks(Connection& connection, const BlockStatement& statement,
                        const RowSource& source, std::span<const std::uint32_t> places,
                        std::size_t* written) {
  *written = 0;
  while (*written < places.size()) {
    const auto rest = places.subspan(*written);
    const std::size_t most = std::min(rest.size(), statement.rows_max);
    const std::size_t size = NextBlock(most, connection.statement_bytes_max(),
                                       [&](std::size_t i) { return source.bytes_of(rest[i]); });
    Parameters parameters;
    for (const std::uint32_t place : rest.first(size)) source.add(place, &parameters);
    const auto done = connection.Execute(statement.Of(size), parameters);
    if (!done) return done.error();
    *written += size;
  }
  return {};
}

MysqlStatus InsertUnknown(Connection& connection, const BlockStatement& statement,
                          const RowSource& source, Places places, const InsertSteps& steps) {
  for (int turn = 0; turn < kTurnsMax && !places.empty(); ++turn) {
    std::size_t written = 0;
    const MysqlStatus done = WriteBlocks(connection, statement, source, places, &written);
    steps.take(std::span(places).first(written));
    places.erase(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(written));
    if (done) return {};
    if (!IsDuplicate(done.error())) return done.error();
    if (const MysqlStatus left = steps.leave_out_known(&places); !left) return left.error();
  }
  if (places.empty()) return {};
  return Restart("what was inserted kept appearing and disappearing");
}

}  // namespace oncegate::mysql
