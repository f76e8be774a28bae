#include "sinks/postgres/ids.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

#include "dedupe/types/check.h"
#include "sinks/common/identifier.h"
#include "sinks/postgres/binary.h"

namespace oncegate::postgres {
namespace {

/// An id that was read as missing may be inserted by somebody else before this session does, and
/// one that stood in the way may be swept before it is read; more than a few such turns mean that
/// something else is wrong.
constexpr int kTurnsMax = 8;
/// Ids looked at per slice of a sweep, as a multiple of the ids that may be swept.
constexpr std::int64_t kSliceFactor = 16;

}  // namespace

Ids::Ids(const std::string& schema) {
  const std::string table = QuoteIdentifier(schema) + ".oncegate_ids";
  read_ = {"ids_read",
           "SELECT k.place, i.fingerprint, i.committed_at FROM "
           "unnest($2::text[]) WITH ORDINALITY AS k (id, place) JOIN " +
               table + " AS i ON i.stream = $1::text AND i.id = k.id"};
  insert_ = {"ids_insert",
             "INSERT INTO " + table +
                 " (stream, id, fingerprint, committed_at) "
                 "SELECT $1::text, k.id, k.fingerprint, $4::timestamptz FROM "
                 "unnest($2::text[], $3::bytea[]) AS k (id, fingerprint) "
                 "ORDER BY k.id COLLATE \"C\" ON CONFLICT (stream, id) DO NOTHING RETURNING id"};
  find_slice_ = {"ids_find_slice",
                 "WITH slice AS (SELECT id, committed_at FROM " + table +
                     " WHERE stream = $1::text AND id > $2::text ORDER BY id LIMIT $5::bigint), "
                     "old AS (SELECT id FROM slice WHERE committed_at < $3::timestamptz "
                     "ORDER BY id LIMIT $4::bigint) "
                     "SELECT (SELECT count(*) FROM slice), (SELECT max(id) FROM slice), "
                     "(SELECT count(*) FROM old), (SELECT max(id) FROM old)"};
  const std::string in_slice = table +
                               " WHERE stream = $1::text AND id > $2::text AND id <= $3::text "
                               "AND committed_at < $4::timestamptz";
  list_slice_ = {"ids_list_slice", "SELECT id FROM " + in_slice};
  // The condition on the time stands on the row itself, so that a row that was made anew meanwhile
  // stays.
  delete_slice_ = {"ids_delete_slice", "DELETE FROM " + in_slice + " RETURNING id"};
  count_ = {"ids_count", "SELECT count(*) FROM " + table + " WHERE stream = $1::text"};
}

PgStatus Ids::ReadStored(Connection& connection, std::string_view stream,
                         std::span<const IdClaim> claims, std::vector<std::uint32_t>* places,
                         std::vector<IdOutcome>* outcomes) const {
  if (places->empty()) return {};
  BinaryArray ids(ElementType::kText);
  for (const std::uint32_t place : *places) ids.AddBytes(claims[place].id);
  const auto found = connection.Execute(read_, {stream, ids.Bytes()});
  if (!found) return found.error();
  std::vector<bool> is_stored(places->size(), false);
  for (std::size_t row = 0; row < found->size(); ++row) {
    const auto number = static_cast<std::size_t>(ReadBinaryInt64(found->At(row, 0)) - 1);
    CHECK(number < places->size());
    is_stored[number] = true;
    (*outcomes)[(*places)[number]] = {false, ReadBinaryFingerprint(found->At(row, 1)),
                                      ReadBinaryTime(found->At(row, 2))};
  }
  std::vector<std::uint32_t> missing;
  for (std::size_t i = 0; i < places->size(); ++i) {
    if (!is_stored[i]) missing.push_back((*places)[i]);
  }
  *places = std::move(missing);
  return {};
}

PgStatus Ids::InsertFresh(Connection& connection, std::string_view stream,
                          std::span<const IdClaim> claims, WallTime now,
                          std::vector<std::uint32_t>* places,
                          std::vector<IdOutcome>* outcomes) const {
  if (places->empty()) return {};
  BinaryArray ids(ElementType::kText);
  BinaryArray fingerprints(ElementType::kBytea);
  for (const std::uint32_t place : *places) {
    ids.AddBytes(claims[place].id);
    fingerprints.AddBytes(BinaryFingerprint(claims[place].fingerprint));
  }
  const auto inserted =
      connection.Execute(insert_, {stream, ids.Bytes(), fingerprints.Bytes(), BinaryTime(now)});
  if (!inserted) return inserted.error();
  std::vector<std::string_view> fresh;
  for (std::size_t row = 0; row < inserted->size(); ++row) fresh.push_back(inserted->At(row, 0));
  std::sort(fresh.begin(), fresh.end());
  std::vector<std::uint32_t> taken;
  for (const std::uint32_t place : *places) {
    if (std::binary_search(fresh.begin(), fresh.end(), claims[place].id)) {
      (*outcomes)[place] = {true, claims[place].fingerprint, now};
    } else {
      taken.push_back(place);
    }
  }
  *places = std::move(taken);
  return {};
}

PgStatus Ids::Claim(Connection& connection, std::string_view stream,
                    std::span<const IdClaim> claims, WallTime now,
                    std::vector<IdOutcome>* outcomes) const {
  outcomes->assign(claims.size(), IdOutcome{});
  std::vector<std::uint32_t> believed;
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < claims.size(); ++i) {
    (claims[i].believed_seen ? believed : open).push_back(i);
  }
  if (const PgStatus read = ReadStored(connection, stream, claims, &believed, outcomes); !read) {
    return read.error();
  }
  open.insert(open.end(), believed.begin(), believed.end());
  std::sort(open.begin(), open.end());
  for (int turn = 0; turn < kTurnsMax && !open.empty(); ++turn) {
    if (const PgStatus inserted = InsertFresh(connection, stream, claims, now, &open, outcomes);
        !inserted) {
      return inserted.error();
    }
    if (const PgStatus read = ReadStored(connection, stream, claims, &open, outcomes); !read) {
      return read.error();
    }
  }
  if (open.empty()) return {};
  return PgError{"40001", "ids kept appearing and disappearing while they were claimed", false};
}

PgResult<IdSweepResult> Ids::Sweep(Connection& connection, const IdSweep& sweep) const {
  const std::string cutoff = BinaryTime(sweep.cutoff);
  const std::int64_t slice_max = kSliceFactor * sweep.limit;
  const auto slice = connection.Execute(
      find_slice_,
      {sweep.stream, sweep.after, cutoff, BinaryInt64(sweep.limit), BinaryInt64(slice_max)});
  if (!slice) return slice.error();
  IdSweepResult result;
  const std::int64_t looked_at = ReadBinaryInt64(slice->At(0, 0));
  const std::int64_t old = ReadBinaryInt64(slice->At(0, 2));
  if (looked_at == 0) return result;
  const bool is_full = old == static_cast<std::int64_t>(sweep.limit);
  const std::string end(slice->At(0, is_full ? 3 : 1));
  if (is_full || looked_at == slice_max) result.next = end;
  if (old == 0) return result;
  const auto swept = connection.Execute(sweep.dry_run ? list_slice_ : delete_slice_,
                                        {sweep.stream, sweep.after, end, cutoff});
  if (!swept) return swept.error();
  for (std::size_t row = 0; row < swept->size(); ++row) {
    result.ids.emplace_back(swept->At(row, 0));
  }
  return result;
}

PgResult<std::uint64_t> Ids::Count(Connection& connection, std::string_view stream) const {
  const auto counted = connection.Execute(count_, {stream});
  if (!counted) return counted.error();
  return static_cast<std::uint64_t>(ReadBinaryInt64(counted->At(0, 0)));
}

}  // namespace oncegate::postgres
