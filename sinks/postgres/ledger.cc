#include "sinks/postgres/ledger.h"

#include <algorithm>

#include "dedupe/types/check.h"
#include "sinks/common/identifier.h"
#include "sinks/postgres/binary.h"
#include "sinks/postgres/utf8_range.h"

namespace oncegate::postgres {
namespace {

std::string_view BytesOf(const Token& token) {
  return {reinterpret_cast<const char*>(token.bytes.data()), token.bytes.size()};
}

/// Columns first … first + 2 are token, state, updated_at.
LedgerRow ReadRow(const QueryRows& rows, std::size_t row, std::size_t first) {
  LedgerRow read;
  read.found = true;
  const std::string_view token = rows.At(row, first);
  // A token of another size is none of ours and equals none: the state counts as changed.
  std::copy_n(token.begin(), std::min(token.size(), read.token.bytes.size()),
              read.token.bytes.begin());
  read.state = rows.At(row, first + 1);
  read.updated_at = ReadBinaryTime(rows.At(row, first + 2));
  return read;
}

/// The requests with the same `lock`, as parameters, and where each stands in the request.
struct Keys {
  BinaryArray streams{ElementType::kText};
  BinaryArray producers{ElementType::kText};
  std::vector<std::size_t> places;
};

Keys KeysWithLock(std::span<const LedgerRequest> requests, bool lock) {
  Keys keys;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].lock != lock) continue;
    keys.streams.AddBytes(requests[i].key.stream);
    keys.producers.AddBytes(requests[i].key.producer);
    keys.places.push_back(i);
  }
  return keys;
}

/// One side of a write, as parameters of one statement.
struct WriteColumns {
  BinaryArray streams{ElementType::kText};
  BinaryArray producers{ElementType::kText};
  BinaryArray epochs{ElementType::kInt8};
  BinaryArray states{ElementType::kBytea};
  BinaryArray tokens{ElementType::kBytea};
  BinaryArray expected{ElementType::kBytea};
  std::vector<std::uint32_t> places;
};

WriteColumns ColumnsOf(std::span<const LedgerWrite> writes, bool updates) {
  WriteColumns columns;
  for (std::uint32_t i = 0; i < writes.size(); ++i) {
    const LedgerWrite& write = writes[i];
    if (write.expected.has_value() != updates) continue;
    columns.streams.AddBytes(write.key.stream);
    columns.producers.AddBytes(write.key.producer);
    columns.epochs.AddInt64(write.epoch.value);
    columns.states.AddBytes(write.state);
    columns.tokens.AddBytes(BytesOf(write.token));
    if (updates) columns.expected.AddBytes(BytesOf(*write.expected));
    columns.places.push_back(i);
  }
  return columns;
}

/// Appends those of `places` whose key is not among the rows answered.
void AppendLost(std::span<const LedgerWrite> writes, const std::vector<std::uint32_t>& places,
                const QueryRows& written, std::vector<std::uint32_t>* lost) {
  if (written.size() == places.size()) return;
  std::vector<LedgerKey> keys;
  for (std::size_t row = 0; row < written.size(); ++row) {
    keys.push_back({written.At(row, 0), written.At(row, 1)});
  }
  std::sort(keys.begin(), keys.end());
  for (const std::uint32_t place : places) {
    if (!std::binary_search(keys.begin(), keys.end(), writes[place].key)) lost->push_back(place);
  }
}

}  // namespace

Ledger::Ledger(const std::string& schema) {
  const std::string table = QuoteIdentifier(schema) + ".oncegate_ledger";
  const std::string read =
      "SELECT k.place, l.token, l.state, l.updated_at FROM "
      "unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (stream, producer, place) JOIN " +
      table + " AS l ON l.stream = k.stream AND l.producer = k.producer";
  read_ = {"ledger_read", read};
  read_locked_ = {"ledger_lock", read + " ORDER BY l.stream, l.producer FOR UPDATE OF l"};
  insert_ = {"ledger_insert",
             "INSERT INTO " + table +
                 " (stream, producer, epoch, state, token, updated_at) "
                 "SELECT k.stream, k.producer, k.epoch, k.state, k.token, $6::timestamptz FROM "
                 "unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[]) "
                 "AS k (stream, producer, epoch, state, token) "
                 "ORDER BY k.stream COLLATE \"C\", k.producer COLLATE \"C\" "
                 "ON CONFLICT (stream, producer) DO NOTHING RETURNING stream, producer"};
  // The join visits the rows in the order of the arrays, so that two sessions lock them in the same
  // order.
  update_ = {"ledger_update",
             "UPDATE " + table +
                 " AS l SET epoch = k.epoch, state = k.state, token = k.token, "
                 "updated_at = $6::timestamptz FROM "
                 "unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[], "
                 "$7::bytea[]) AS k (stream, producer, epoch, state, token, expected) "
                 "WHERE l.stream = k.stream AND l.producer = k.producer AND l.token = k.expected "
                 "RETURNING l.stream, l.producer"};
  list_ = {"ledger_list",
           "SELECT producer, token, state, updated_at FROM " + table +
               " WHERE stream = $1::text AND producer > $2::text AND producer >= $3::text "
               "AND ($4::text = '' OR producer < $4::text) "
               "ORDER BY producer LIMIT $5::bigint"};
  count_ = {"ledger_count", "SELECT count(*) FROM " + table + " WHERE stream = $1::text"};
}

PgStatus Ledger::Read(Connection& connection, std::span<const LedgerRequest> requests,
                      std::vector<LedgerRow>* rows) const {
  rows->assign(requests.size(), LedgerRow{});
  for (const bool lock : {true, false}) {
    const Keys keys = KeysWithLock(requests, lock);
    if (keys.places.empty()) continue;
    const auto found = connection.Execute(lock ? read_locked_ : read_,
                                          {keys.streams.Bytes(), keys.producers.Bytes()});
    if (!found) return found.error();
    for (std::size_t row = 0; row < found->size(); ++row) {
      const std::int64_t place = ReadBinaryInt64(found->At(row, 0));
      CHECK(place >= 1 && static_cast<std::size_t>(place) <= keys.places.size());
      (*rows)[keys.places[static_cast<std::size_t>(place) - 1]] = ReadRow(*found, row, 1);
    }
  }
  return {};
}

PgStatus Ledger::Write(Connection& connection, std::span<const LedgerWrite> writes, WallTime now,
                       std::vector<std::uint32_t>* lost) const {
  lost->clear();
  const std::string updated_at = BinaryTime(now);
  if (const WriteColumns columns = ColumnsOf(writes, false); !columns.places.empty()) {
    const auto written = connection.Execute(
        insert_, {columns.streams.Bytes(), columns.producers.Bytes(), columns.epochs.Bytes(),
                  columns.states.Bytes(), columns.tokens.Bytes(), updated_at});
    if (!written) return written.error();
    AppendLost(writes, columns.places, *written, lost);
  }
  if (const WriteColumns columns = ColumnsOf(writes, true); !columns.places.empty()) {
    const auto written =
        connection.Execute(update_, {columns.streams.Bytes(), columns.producers.Bytes(),
                                     columns.epochs.Bytes(), columns.states.Bytes(),
                                     columns.tokens.Bytes(), updated_at, columns.expected.Bytes()});
    if (!written) return written.error();
    AppendLost(writes, columns.places, *written, lost);
  }
  std::sort(lost->begin(), lost->end());
  return {};
}

void Ledger::DeferWrite(Connection& connection, std::span<const LedgerWrite> writes,
                        WallTime now) const {
  for (const bool updates : {false, true}) {
    const WriteColumns columns = ColumnsOf(writes, updates);
    if (columns.places.empty()) continue;
    std::vector<std::string> parameters;
    for (const std::string_view bytes :
         {columns.streams.Bytes(), columns.producers.Bytes(), columns.epochs.Bytes(),
          columns.states.Bytes(), columns.tokens.Bytes()}) {
      parameters.emplace_back(bytes);
    }
    parameters.push_back(BinaryTime(now));
    if (updates) parameters.emplace_back(columns.expected.Bytes());
    connection.Defer(updates ? update_ : insert_, std::move(parameters),
                     [count = columns.places.size()](const QueryRows& written) -> PgStatus {
                       if (written.size() == count) return {};
                       return PgError{"40001", "a ledger row was changed meanwhile", false};
                     });
  }
}

PgResult<std::vector<ListedProducer>> Ledger::List(Connection& connection,
                                                   const LedgerQuery& query) const {
  const std::string end = EndOfPrefix(query.prefix);
  const auto found = connection.Execute(
      list_, {query.stream, query.after, query.prefix, end, BinaryInt64(query.limit)});
  if (!found) return found.error();
  std::vector<ListedProducer> producers;
  for (std::size_t row = 0; row < found->size(); ++row) {
    producers.push_back({std::string(found->At(row, 0)), ReadRow(*found, row, 1)});
  }
  return producers;
}

PgResult<std::uint64_t> Ledger::Count(Connection& connection, std::string_view stream) const {
  const auto counted = connection.Execute(count_, {stream});
  if (!counted) return counted.error();
  return static_cast<std::uint64_t>(ReadBinaryInt64(counted->At(0, 0)));
}

}  // namespace oncegate::postgres
