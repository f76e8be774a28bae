#include "sinks/mysql/row_size.h"

#include "sinks/mysql/document_table.h"

namespace oncegate::mysql {

std::vector<std::uint32_t> LeaveOutTooLarge(const Connection& connection,
                                            std::span<const Event* const> rows,
                                            std::vector<BadRow>* bad) {
  std::vector<std::uint32_t> places;
  places.reserve(rows.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    if (BytesOfRow(*rows[i]) <= connection.statement_bytes_max()) {
      places.push_back(i);
    } else {
      bad->push_back(
          {.row = i, .detail = "the row is larger than the server's max_allowed_packet"});
    }
  }
  return places;
}

}  // namespace oncegate::mysql
