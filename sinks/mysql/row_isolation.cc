#include "sinks/mysql/row_isolation.h"

#include <algorithm>
#include <utility>

#include "sinks/mysql/block.h"

namespace oncegate::mysql {
namespace {

// Rows that stand in each other's way in long chains are not worth more: each pass mends at least
// one.
constexpr int kRetryPassesMax = 8;

}  // namespace

MysqlStatus WriteIsolated(std::span<const std::uint32_t> places, const WritePlaces& write,
                          std::vector<BadRow>* bad) {
  while (!places.empty()) {
    std::size_t written = 0;
    const MysqlStatus done = write(places, &written);
    if (done) return {};
    if (!IsDataError(done.error())) return done.error();
    places = places.subspan(written);
    // The statement that failed held the next rows, at most so many.
    const std::size_t suspects = std::min(places.size(), kBlockRowsMax);
    if (suspects == 1) {
      bad->push_back(
          {.row = places[0], .detail = done.error().sqlstate + ": " + done.error().message});
    } else {
      for (const auto& half :
           {places.first(suspects / 2), places.subspan(suspects / 2, suspects - suspects / 2)}) {
        if (const MysqlStatus isolated = WriteIsolated(half, write, bad); !isolated) {
          return isolated.error();
        }
      }
    }
    places = places.subspan(suspects);
  }
  return {};
}

MysqlStatus TryBadRowsAgain(const WritePlaces& write, std::vector<BadRow>* bad) {
  for (int pass = 0; pass < kRetryPassesMax && !bad->empty(); ++pass) {
    const std::vector<BadRow> again = std::exchange(*bad, {});
    for (const BadRow& row : again) {
      const MysqlStatus tried = WriteIsolated({&row.row, 1}, write, bad);
      if (!tried) return tried.error();
    }
    if (bad->size() == again.size()) break;
  }
  return {};
}

}  // namespace oncegate::mysql
