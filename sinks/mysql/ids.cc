#include "sinks/mysql/ids.h"

#include <algorithm>
#include <string>

#include "sinks/common/fingerprint_bytes.h"
#include "sinks/mysql/block_io.h"

namespace oncegate::mysql {
namespace {

/// Ids looked at per slice of a sweep, as a multiple of the ids that may be swept.
constexpr std::uint32_t kSliceFactor = 16;
/// Of a row besides stream and id.
constexpr std::size_t kRowBytes = 64;

const BlockStatement& Reading() {
  static const BlockStatement statement{
      "ids_read",
      "SELECT id, fingerprint, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', committed_at) FROM "
      "oncegate_ids FORCE INDEX (PRIMARY) WHERE stream = ? AND id IN (",
      "?", ")", "bbi"};
  return statement;
}

const BlockStatement& Inserting() {
  static const BlockStatement statement{
      "ids_insert", "INSERT INTO oncegate_ids (stream, id, fingerprint, committed_at) VALUES ",
      "(?,?,?,?)", "", ""};
  return statement;
}

/// Locks, so that the time that is read stands until the rows are deleted.
const BlockStatement& Locking() {
  static const BlockStatement statement{"ids_lock", Reading().head, "?", ") ORDER BY id FOR UPDATE",
                                        "bbi"};
  return statement;
}

const BlockStatement& Deleting() {
  static const BlockStatement statement{
      "ids_delete", "DELETE FROM oncegate_ids WHERE stream = ? AND id IN (", "?", ")", ""};
  return statement;
}

/// One call of ClaimIds.
class Claiming {
 public:
  Claiming(Connection& connection, std::string_view stream, std::span<const IdClaim> claims,
           WallTime now, std::vector<IdOutcome>* outcomes)
      : connection_(connection), stream_(stream), claims_(claims), now_(now), outcomes_(outcomes) {
    fingerprints_.reserve(claims.size());
    for (const IdClaim& claim : claims)
      fingerprints_.push_back(EncodeFingerprint(claim.fingerprint));
  }

  MysqlStatus Claim() {
    Places believed;
    Places open;
    for (std::uint32_t i = 0; i < claims_.size(); ++i) {
      (claims_[i].believed_seen ? believed : open).push_back(i);
    }
    if (const MysqlStatus read = ReadStored(&believed); !read) return read.error();
    open.insert(open.end(), believed.begin(), believed.end());
    std::sort(open.begin(), open.end());
    const RowSource source{[this](std::uint32_t place, Parameters* parameters) {
                             parameters->AddBytes(stream_);
                             parameters->AddBytes(claims_[place].id);
                             parameters->AddBytes(ViewOf(fingerprints_[place]));
                             parameters->AddTime(now_);
                           },
                           [this](std::uint32_t place) {
                             return stream_.size() + claims_[place].id.size() + kRowBytes;
                           }};
    return InsertUnknown(connection_, Inserting(), source, std::move(open),
                         {[this](Places* places) { return ReadStored(places); },
                          [this](std::span<const std::uint32_t> places) { TakeFresh(places); }});
  }

 private:
  /// Takes those that are there out of `places`.
  MysqlStatus ReadStored(Places* places) {
    std::vector<std::string_view> ids;
    for (const std::uint32_t place : *places) ids.push_back(claims_[place].id);
    std::vector<bool> is_stored(places->size(), false);
    const MysqlStatus read = ReadByKeys(
        connection_, Reading(), stream_, ids,
        [&](std::size_t number, const QueryRows& rows, std::size_t row) {
          is_stored[number] = true;
          (*outcomes_)[(*places)[number]] = {false, DecodeFingerprint(rows.Bytes(row, 1)),
                                             WallTime{rows.Integer(row, 2)}};
        });
    if (!read) return read.error();
    Places missing;
    for (std::size_t i = 0; i < places->size(); ++i) {
      if (!is_stored[i]) missing.push_back((*places)[i]);
    }
    *places = std::move(missing);
    return {};
  }

  void TakeFresh(std::span<const std::uint32_t> places) {
    for (const std::uint32_t place : places) {
      (*outcomes_)[place] = {true, claims_[place].fingerprint, now_};
    }
  }

  Connection& connection_;
  std::string_view stream_;
  std::span<const IdClaim> claims_;
  WallTime now_;
  std::vector<IdOutcome>* outcomes_;
  std::vector<FingerprintBytes> fingerprints_;
};

/// The next old ids behind the sweep's position, and where the sweep goes on.
MysqlResult<IdSweepResult> FindOldIds(Connection& connection, const IdSweep& sweep) {
  const std::uint64_t slice = std::uint64_t{kSliceFactor} * sweep.limit;
  Parameters parameters;
  parameters.AddTime(sweep.cutoff);
  parameters.AddBytes(sweep.stream);
  parameters.AddBytes(sweep.after);
  parameters.AddInteger(static_cast<std::int64_t>(slice));
  const auto found = connection.Execute(
      {"ids_slice",
       "SELECT id, committed_at < ? FROM oncegate_ids FORCE INDEX (PRIMARY) WHERE stream = ? AND "
       "id > ? ORDER BY id LIMIT ?",
       "bi"},
      parameters);
  if (!found) return found.error();
  IdSweepResult result;
  for (std::size_t row = 0; row < found->size(); ++row) {
    if (found->Integer(row, 1) != 0) result.ids.emplace_back(found->Bytes(row, 0));
    if (result.ids.size() == sweep.limit || row + 1 == slice) {
      result.next = found->Bytes(row, 0);
      break;
    }
  }
  return result;
}

/// Keeps what was made anew meanwhile.
MysqlStatus DeleteOld(Connection& connection, const IdSweep& sweep, std::vector<std::string>* ids) {
  const std::vector<std::string_view> candidates(ids->begin(), ids->end());
  std::vector<std::string> old;
  const MysqlStatus locked = ReadByKeys(connection, Locking(), sweep.stream, candidates,
                                        [&](std::size_t, const QueryRows& rows, std::size_t row) {
                                          const bool is_old =
                                              rows.Integer(row, 2) < sweep.cutoff.microseconds;
                                          if (is_old) old.emplace_back(rows.Bytes(row, 0));
                                        });
  if (!locked) return locked.error();
  const std::vector<std::string_view> keys(old.begin(), old.end());
  const MysqlStatus deleted = ExecuteByKeys(
      connection, Deleting(), [&](Parameters* parameters) { parameters->AddBytes(sweep.stream); },
      keys, [](std::size_t, const QueryRows&) {});
  if (!deleted) return deleted.error();
  *ids = std::move(old);
  return {};
}

}  // namespace

MysqlStatus ClaimIds(Connection& connection, std::string_view stream,
                     std::span<const IdClaim> claims, WallTime now,
                     std::vector<IdOutcome>* outcomes) {
  outcomes->assign(claims.size(), IdOutcome{});
  return Claiming(connection, stream, claims, now, outcomes).Claim();
}

MysqlResult<IdSweepResult> SweepIds(Connection& connection, const IdSweep& sweep) {
  MysqlResult<IdSweepResult> result = FindOldIds(connection, sweep);
  if (!result || sweep.dry_run) return result;
  if (const MysqlStatus deleted = DeleteOld(connection, sweep, &result->ids); !deleted) {
    return deleted.error();
  }
  return result;
}

MysqlResult<std::uint64_t> CountIds(Connection& connection, std::string_view stream) {
  Parameters parameters;
  parameters.AddBytes(stream);
  const auto counted = connection.Execute(
      {"ids_count", "SELECT COUNT(*) FROM oncegate_ids WHERE stream = ?", "i"}, parameters);
  if (!counted) return counted.error();
  return static_cast<std::uint64_t>(counted->Integer(0, 0));
}

}  // namespace oncegate::mysql
