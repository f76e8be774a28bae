#include "sinks/postgres/row_writer.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "dedupe/types/check.h"
#include "sinks/postgres/binary.h"
#include "sinks/postgres/document_table.h"
#include "sinks/postgres/row_arrays.h"

namespace oncegate::postgres {
namespace {

/// 10,000 rows in one statement ran at about 0.8 of the raw loader (COPY and INSERT … SELECT), in
/// statements of this size at 0.85 to 0.92.
constexpr std::size_t kStatementRows = 1'000;

/// A row is written if its key came back. A key that a trigger changed belongs to none of them.
std::vector<RowEffect> EffectsOf(std::span<const Event* const> rows,
                                 const std::vector<QueryRows>& written) {
  std::vector<std::string_view> keys;
  keys.reserve(rows.size());
  for (const QueryRows& part : written) {
    for (std::size_t row = 0; row < part.size(); ++row) keys.push_back(part.At(row, 0));
  }
  // Mostly they come back as they were sent, sorted; then this is one pass over the keys.
  if (!std::is_sorted(keys.begin(), keys.end())) std::sort(keys.begin(), keys.end());
  std::vector<RowEffect> effects(rows.size(), RowEffect::kNewerExists);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_next = i < keys.size() && keys[i] == rows[i]->key;
    if (is_next || std::binary_search(keys.begin(), keys.end(), rows[i]->key)) {
      effects[i] = RowEffect::kWritten;
    }
  }
  return effects;
}

}  // namespace

RowWriter::RowWriter(Connection* connection, RowIsolation* isolation, std::string schema)
    : connection_(connection), isolation_(isolation), schema_(std::move(schema)) {}

SinkResult<const RowWriter::TableStatements*> RowWriter::StatementsOf(const StreamTarget& target) {
  const auto found = tables_.find(target.table);
  if (found != tables_.end()) return &found->second;
  const auto table = ParseTableName(target.table, schema_);
  if (!table) {
    return SinkError{SinkErrorClass::kStream, "\"" + target.table + "\" is no table name", ""};
  }
  const std::string number = std::to_string(tables_.size());
  TableStatements statements;
  statements.upsert = {"rows_upsert_" + number, UpsertSql(*table)};
  statements.read_refused = {"rows_refused_" + number, ReadRefusedSql(*table)};
  return &tables_.emplace(target.table, std::move(statements)).first->second;
}

PgStatus RowWriter::Write(const Call& call, RowPart part, std::vector<QueryRows>* written) {
  std::vector<QueryRows> keys;
  for (std::size_t done = 0; done < part.count; done += kStatementRows) {
    const RowArrays arrays(
        call.rows.subspan(part.first + done, std::min(kStatementRows, part.count - done)));
    auto answer =
        connection_->Execute(call.statements->upsert,
                             {arrays.keys.Bytes(), arrays.values.Bytes(), arrays.producers.Bytes(),
                              arrays.epochs.Bytes(), arrays.sequences.Bytes(), arrays.ids.Bytes(),
                              arrays.versions.Bytes(), arrays.event_times.Bytes(),
                              arrays.deleted.Bytes(), call.applied_at});
    if (!answer) return answer.error();
    keys.push_back(std::move(*answer));
  }
  std::move(keys.begin(), keys.end(), std::back_inserter(*written));
  return {};
}

PgStatus RowWriter::ReadRefused(const Call& call, DedupeMode mode) {
  std::vector<const Event*> events;
  std::vector<std::uint32_t> places;
  for (std::uint32_t i = 0; i < call.rows.size(); ++i) {
    if (call.outcome->effects[i] == RowEffect::kWritten) continue;
    events.push_back(call.rows[i]);
    places.push_back(i);
  }
  if (events.empty()) return {};
  // A row that the guard refused stays locked, so what is read here is what it was refused for.
  const RowArrays arrays(events);
  const bool tells_value = mode == DedupeMode::kVersion;
  const auto stored = connection_->Execute(
      call.statements->read_refused,
      {arrays.keys.Bytes(), arrays.producers.Bytes(), arrays.epochs.Bytes(),
       arrays.sequences.Bytes(), arrays.versions.Bytes(), BinaryBool(tells_value)});
  if (!stored) return stored.error();
  std::size_t row = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool is_there = row < stored->size() &&
                          ReadBinaryInt64(stored->At(row, 0)) == static_cast<std::int64_t>(i + 1);
    if (!is_there) {
      AddDropped(call, places[i], "a trigger dropped the row");
      continue;
    }
    if (ReadBinaryBool(stored->At(row, 1))) {
      AddDropped(call, places[i], "a trigger dropped the change of the row");
    } else if (tells_value && ReadBinaryBool(stored->At(row, 2))) {
      call.outcome->effects[places[i]] = RowEffect::kSameVersion;
      call.outcome->stored.push_back(
          {places[i], ReadBinaryBool(stored->At(row, 3)),
           stored->IsNull(row, 4) ? std::string() : std::string(stored->At(row, 4))});
    }
    ++row;
  }
  return {};
}

/// Nothing was written although the guard lets the row through: it must not pass for settled.
void RowWriter::AddDropped(const Call& call, std::uint32_t row, std::string detail) {
  BadRow bad;
  bad.row = row;
  bad.detail = std::move(detail);
  call.outcome->bad.push_back(std::move(bad));
}

SinkStatus RowWriter::Upsert(const StreamTarget& target, std::span<const Event* const> rows,
                             WallTime now, RowsOutcome* outcome) {
  *outcome = RowsOutcome{};
  if (rows.empty()) return {};
  const auto statements = StatementsOf(target);
  if (!statements) return statements.error();
  const Call call{*statements, rows, BinaryTime(now), outcome};
  std::vector<QueryRows> written;
  const auto write_part = [&](RowPart part) { return Write(call, part, &written); };
  if (const PgStatus done = isolation_->Write(rows, write_part, &outcome->bad); !done) {
    return ToSinkError(done.error());
  }
  if (!outcome->bad.empty()) return {};
  outcome->effects = EffectsOf(rows, written);
  if (const PgStatus read = ReadRefused(call, target.mode); !read) return ToSinkError(read.error());
  return {};
}

}  // namespace oncegate::postgres
