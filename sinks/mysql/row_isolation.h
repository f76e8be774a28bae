// Writing rows and finding those that the server refuses. A statement that fails leaves nothing
// behind, the transaction goes on, so its rows are written half by half, down to those that fail
// alone; no savepoint is needed. k bad rows of n cost O(k log n) statements. What succeeds stays,
// so that rows that are bad only together (two values of one unique column) show too.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sinks/mysql/error.h"
#include "sinks/sink.h"

namespace oncegate::mysql {

/// Writes rows in one statement or in several; `*written` counts the leading rows that stay where
/// it fails.
using WritePlaces =
    std::function<MysqlStatus(std::span<const std::uint32_t> places, std::size_t* written)>;

/// Writes the rows; those that the server refuses go to `bad`. Fails where the error is not about a
/// row.
MysqlStatus WriteIsolated(std::span<const std::uint32_t> places, const WritePlaces& write,
                          std::vector<BadRow>* bad);

/// Tries the bad rows once more, for what was in their way may be gone (a value that another row
/// has given up).
MysqlStatus TryBadRowsAgain(const WritePlaces& write, std::vector<BadRow>* bad);

}  // namespace oncegate::mysql
