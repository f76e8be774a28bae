#include "sinks/postgres/guard_rows.h"

#include <algorithm>

#include "sinks/common/identifier.h"
#include "sinks/postgres/binary.h"
#include "sinks/postgres/document_table.h"
#include "sinks/postgres/row_arrays.h"

namespace oncegate::postgres {

GuardRows::GuardRows(const std::string& schema) {
  const std::string table = QuoteIdentifier(schema) + ".oncegate_rows";
  write_ = {"guards_write",
            "INSERT INTO " + table +
                " AS t (stream, key, producer, epoch, seq, version, deleted, fingerprint, "
                "applied_at) SELECT $1::text, s.key, s.producer, s.epoch, s.seq, "
                "s.version::numeric, s.deleted, s.fingerprint, $9::timestamptz FROM "
                "unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], "
                "$7::boolean[], $8::bytea[]) "
                "AS s (key, producer, epoch, seq, version, deleted, fingerprint) "
                "ORDER BY s.key COLLATE \"C\" ON CONFLICT (stream, key) DO UPDATE SET "
                "producer = excluded.producer, epoch = excluded.epoch, seq = excluded.seq, "
                "version = excluded.version, deleted = excluded.deleted, "
                "fingerprint = excluded.fingerprint, applied_at = excluded.applied_at WHERE " +
                std::string(kRowGuard) + " RETURNING t.key"};
  find_same_ = {"guards_same",
                "SELECT s.place, t.deleted, t.fingerprint FROM "
                "unnest($2::text[], $3::text[]) WITH ORDINALITY AS s (key, version, place) JOIN " +
                    table +
                    " AS t ON t.stream = $1::text AND t.key = s.key "
                    "AND t.version = s.version::numeric"};
  sweep_ = {"guards_sweep",
            "WITH slice AS (SELECT key FROM " + table +
                " WHERE stream = $1::text AND key > $2::text ORDER BY key LIMIT $4::bigint), "
                "gone AS (DELETE FROM " +
                table +
                " AS t USING slice WHERE t.stream = $1::text AND t.key = slice.key AND t.deleted "
                "AND t.applied_at < $3::timestamptz) "
                "SELECT count(*), coalesce(max(key), '') FROM slice"};
}

PgStatus GuardRows::Write(Connection& connection, std::string_view stream,
                          std::span<const Event* const> rows, WallTime now,
                          std::vector<RowEffect>* effects) const {
  const RowArrays arrays(rows);
  BinaryArray fingerprints{ElementType::kBytea};
  for (const Event* row : rows) fingerprints.AddBytes(BinaryFingerprint(row->fingerprint));
  const auto written = connection.Execute(
      write_, {stream, arrays.keys.Bytes(), arrays.producers.Bytes(), arrays.epochs.Bytes(),
               arrays.sequences.Bytes(), arrays.versions.Bytes(), arrays.deleted.Bytes(),
               fingerprints.Bytes(), BinaryTime(now)});
  if (!written) return written.error();
  std::vector<std::string_view> keys;
  for (std::size_t row = 0; row < written->size(); ++row) keys.push_back(written->At(row, 0));
  std::sort(keys.begin(), keys.end());
  effects->clear();
  for (const Event* row : rows) {
    const bool is_winner = std::binary_search(keys.begin(), keys.end(), row->key);
    effects->push_back(is_winner ? RowEffect::kWritten : RowEffect::kNewerExists);
  }
  return {};
}

PgResult<std::vector<GuardRows::SameVersion>> GuardRows::FindSameVersions(
    Connection& connection, std::string_view stream, std::span<const Event* const> rows) const {
  const RowArrays arrays(rows);
  const auto found =
      connection.Execute(find_same_, {stream, arrays.keys.Bytes(), arrays.versions.Bytes()});
  if (!found) return found.error();
  std::vector<SameVersion> same;
  for (std::size_t row = 0; row < found->size(); ++row) {
    same.push_back({static_cast<std::size_t>(ReadBinaryInt64(found->At(row, 0)) - 1),
                    ReadBinaryBool(found->At(row, 1)), ReadBinaryFingerprint(found->At(row, 2))});
  }
  return same;
}

PgStatus GuardRows::Sweep(Connection& connection, const GuardSweep& sweep,
                          std::string* next) const {
  const auto swept = connection.Execute(
      sweep_, {sweep.stream, sweep.after, BinaryTime(sweep.cutoff), BinaryInt64(sweep.limit)});
  if (!swept) return swept.error();
  const bool is_full = ReadBinaryInt64(swept->At(0, 0)) == static_cast<std::int64_t>(sweep.limit);
  *next = is_full ? swept->At(0, 1) : std::string_view();
  return {};
}

}  // namespace oncegate::postgres
