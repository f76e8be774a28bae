#include "sinks/sqlite/ledger.h"

#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <utility>

namespace oncegate::sqlite {
namespace {

constexpr char kRead[] =
    "SELECT token, state, updated_at FROM oncegate_ledger WHERE stream = ?1 AND producer = ?2";
constexpr char kInsert[] =
    "INSERT INTO oncegate_ledger (stream, producer, epoch, state, token, updated_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (stream, producer) DO NOTHING";
constexpr char kUpdate[] =
    "UPDATE oncegate_ledger SET epoch = ?3, state = ?4, token = ?5, updated_at = ?6"
    " WHERE stream = ?1 AND producer = ?2 AND token = ?7";
constexpr char kList[] =
    "SELECT token, state, updated_at, producer FROM oncegate_ledger"
    " WHERE stream = ?1 AND producer >= ?2 AND producer <> ?3 ORDER BY producer LIMIT ?4";
constexpr char kCount[] = "SELECT count(*) FROM oncegate_ledger WHERE stream = ?1";

std::string_view BytesOf(const Token& token) {
  return {reinterpret_cast<const char*>(token.bytes.data()), token.bytes.size()};
}

/// Columns 0 … 2 of kRead and kList.
SinkResult<LedgerRow> RowOf(const Connection& connection, const Statement& statement) {
  LedgerRow row;
  row.found = true;
  const std::string_view token = statement.Blob(0);
  if (token.size() != row.token.bytes.size()) {
    return connection.Refuse(SinkErrorClass::kStream, "a row of oncegate_ledger has a token of " +
                                                          std::to_string(token.size()) +
                                                          " bytes instead of 16");
  }
  std::copy(token.begin(), token.end(), row.token.bytes.begin());
  row.state = statement.Blob(1);
  row.updated_at = WallTime{statement.Integer(2)};
  return row;
}

}  // namespace

SinkStatus Ledger::Prepare() {
  for (const auto& [statement, sql] : {std::pair<Statement*, const char*>{&read_, kRead},
                                       {&insert_, kInsert},
                                       {&update_, kUpdate},
                                       {&list_, kList},
                                       {&count_, kCount}}) {
    SinkResult<Statement> prepared = connection_.Prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {};
}

SinkStatus Ledger::Read(std::span<const LedgerRequest> requests, std::vector<LedgerRow>* rows) {
  rows->clear();
  rows->reserve(requests.size());
  for (const LedgerRequest& request : requests) {
    read_.BindText(1, request.key.stream);
    read_.BindText(2, request.key.producer);
    const StatementRun run(read_);
    const int code = read_.Step();
    if (code == SQLITE_DONE) {
      rows->emplace_back();
      continue;
    }
    if (code != SQLITE_ROW) return connection_.Fail(code, "reading the ledger");
    SinkResult<LedgerRow> row = RowOf(connection_, read_);
    if (!row) return row.error();
    rows->push_back(std::move(*row));
  }
  return {};
}

SinkStatus Ledger::Write(std::span<const LedgerWrite> writes, WallTime now,
                         std::vector<std::uint32_t>* lost) {
  if (lost != nullptr) lost->clear();
  for (std::uint32_t i = 0; i < writes.size(); ++i) {
    const LedgerWrite& write = writes[i];
    Statement& statement = write.expected ? update_ : insert_;
    statement.BindText(1, write.key.stream);
    statement.BindText(2, write.key.producer);
    statement.BindInteger(3, write.epoch.value);
    statement.BindBlob(4, write.state);
    statement.BindBlob(5, BytesOf(write.token));
    statement.BindInteger(6, now.microseconds);
    if (write.expected) statement.BindBlob(7, BytesOf(*write.expected));
    const StatementRun run(statement);
    if (const int code = statement.Step(); code != SQLITE_DONE) {
      return connection_.Fail(code, "writing the ledger");
    }
    if (connection_.ChangedRows() != 0) continue;
    if (lost == nullptr) {
      return connection_.Refuse(SinkErrorClass::kRestart, "a ledger row was changed meanwhile");
    }
    lost->push_back(i);
  }
  return {};
}

SinkResult<std::vector<ListedProducer>> Ledger::List(const LedgerQuery& query) {
  list_.BindText(1, query.stream);
  list_.BindText(2, std::max(query.prefix, query.after));
  list_.BindText(3, query.after);
  list_.BindInteger(4, query.limit);
  const StatementRun run(list_);
  std::vector<ListedProducer> producers;
  int code = SQLITE_ROW;
  while ((code = list_.Step()) == SQLITE_ROW) {
    const std::string_view producer = list_.Text(3);
    // Producers with the prefix stand together, and the first one read is not below it.
    if (!producer.starts_with(query.prefix)) return producers;
    SinkResult<LedgerRow> row = RowOf(connection_, list_);
    if (!row) return row.error();
    producers.push_back({std::string(producer), std::move(*row)});
  }
  if (code != SQLITE_DONE) return connection_.Fail(code, "listing producers");
  return producers;
}

SinkResult<std::uint64_t> Ledger::Count(std::string_view stream) {
  count_.BindText(1, stream);
  const StatementRun run(count_);
  if (const int code = count_.Step(); code != SQLITE_ROW) {
    return connection_.Fail(code, "counting producers");
  }
  return static_cast<std::uint64_t>(count_.Integer(0));
}

}  // namespace oncegate::sqlite
