#include "sinks/postgres/query_rows.h"

#include <libpq-fe.h>

#include <charconv>

namespace oncegate::postgres {

void QueryRows::Clear::operator()(pg_result* result) const { PQclear(result); }

std::size_t QueryRows::size() const {
  return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

bool QueryRows::IsNull(std::size_t row, std::size_t column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) == 1;
}

std::string_view QueryRows::At(std::size_t row, std::size_t column) const {
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  return {PQgetvalue(result_.get(), r, c),
          static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

std::uint64_t QueryRows::Affected() const {
  if (!result_) return 0;
  const std::string_view text = PQcmdTuples(result_.get());
  std::uint64_t affected = 0;
  std::from_chars(text.data(), text.data() + text.size(), affected);
  return affected;
}

std::string_view QueryRows::CommandTag() const {
  return result_ ? std::string_view(PQcmdStatus(result_.get())) : std::string_view();
}

}  // namespace oncegate::postgres
