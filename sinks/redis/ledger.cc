#include "sinks/redis/ledger.h"

#include <algorithm>
#include <utility>

#include "sinks/redis/bytes.h"
#include "sinks/redis/indexed_hash.h"

namespace oncegate::redis {
namespace {

constexpr std::size_t kTokenBytes = std::tuple_size_v<decltype(Token::bytes)>;

}  // namespace

std::string_view BytesOf(const Token& token) {
  return {reinterpret_cast<const char*>(token.bytes.data()), token.bytes.size()};
}

std::string EncodeMark(const Token& token, WallTime updated_at, std::string_view state) {
  std::string bytes(BytesOf(token));
  AppendInteger(static_cast<std::uint64_t>(updated_at.microseconds), &bytes);
  bytes += state;
  return bytes;
}

std::optional<LedgerRow> DecodeMark(std::string_view bytes) {
  if (bytes.size() < kTokenBytes + kIntegerBytes) return std::nullopt;
  LedgerRow row;
  row.found = true;
  std::copy_n(bytes.begin(), kTokenBytes, row.token.bytes.begin());
  row.updated_at = {static_cast<std::int64_t>(ReadInteger(bytes.substr(kTokenBytes)))};
  row.state = bytes.substr(kTokenBytes + kIntegerBytes);
  return row;
}

SinkResult<std::vector<LedgerRow>> ReadMarks(Connection& connection, const Names& names,
                                             std::span<const std::string> fields) {
  const auto values = ReadFields(connection, names.Ledger(), fields);
  if (!values) return ToSinkError(values.error());
  std::vector<LedgerRow> rows;
  rows.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!(*values)[i]) {
      rows.emplace_back();
      continue;
    }
    std::optional<LedgerRow> row = DecodeMark(*(*values)[i]);
    if (!row) {
      return SinkError{SinkErrorClass::kConnection,
                       "the mark " + fields[i] + " in " + names.Ledger() + " can not be read", ""};
    }
    rows.push_back(std::move(*row));
  }
  return rows;
}

SinkResult<std::vector<ListedProducer>> ListMarks(Connection& connection, const Names& names,
                                                  const LedgerQuery& query) {
  std::vector<ListedProducer> listed;
  const std::string stream = Names::Field(query.stream, "");
  std::string after = query.after.empty() ? "" : stream + std::string(query.after);
  // A name without a mark is what a script left that died; a short page would look like the end.
  while (listed.size() < query.limit) {
    const auto limit = static_cast<std::uint32_t>(query.limit - listed.size());
    const auto fields =
        ListFields(connection, names.Ledger(), {stream + std::string(query.prefix), after, limit});
    if (!fields) return ToSinkError(fields.error());
    auto rows = ReadMarks(connection, names, *fields);
    if (!rows) return rows.error();
    for (std::size_t i = 0; i < rows->size(); ++i) {
      if (!(*rows)[i].found) continue;
      listed.push_back({(*fields)[i].substr(stream.size()), std::move((*rows)[i])});
    }
    if (fields->size() < limit) break;
    after = fields->back();
  }
  return listed;
}

}  // namespace oncegate::redis
