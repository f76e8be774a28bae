#include "sinks/sqlite/ids.h"

#include <sqlite3.h>

#include <string>
#include <utility>

#include "sinks/common/fingerprint_bytes.h"

namespace oncegate::sqlite {
namespace {

constexpr char kInsert[] =
    "INSERT INTO oncegate_ids (stream, id, fingerprint, committed_at) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (stream, id) DO NOTHING";
constexpr char kRead[] =
    "SELECT fingerprint, committed_at FROM oncegate_ids WHERE stream = ?1 AND id = ?2";
constexpr char kCount[] = "SELECT count(*) FROM oncegate_ids WHERE stream = ?1";
constexpr char kScan[] =
    "SELECT id, committed_at < ?3 FROM oncegate_ids WHERE stream = ?1 AND id > ?2"
    " ORDER BY id LIMIT ?4";
constexpr char kRemove[] =
    "DELETE FROM oncegate_ids WHERE stream = ?1 AND id = ?2 AND committed_at < ?3";

}  // namespace

SinkStatus Ids::Prepare() {
  for (const auto& [statement, sql] : {std::pair<Statement*, const char*>{&insert_, kInsert},
                                       {&read_, kRead},
                                       {&count_, kCount},
                                       {&scan_, kScan},
                                       {&remove_, kRemove}}) {
    SinkResult<Statement> prepared = connection_.Prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {};
}

SinkResult<bool> Ids::Insert(std::string_view stream, const IdClaim& claim, WallTime now) {
  const FingerprintBytes fingerprint = EncodeFingerprint(claim.fingerprint);
  insert_.BindText(1, stream);
  insert_.BindText(2, claim.id);
  insert_.BindBlob(3, {fingerprint.data(), fingerprint.size()});
  insert_.BindInteger(4, now.microseconds);
  const StatementRun run(insert_);
  const int code = insert_.Step();
  if (code != SQLITE_DONE) return connection_.Fail(code, "claiming ids");
  return connection_.ChangedRows() != 0;
}

SinkResult<bool> Ids::Read(std::string_view stream, std::string_view id, IdOutcome* outcome) {
  read_.BindText(1, stream);
  read_.BindText(2, id);
  const StatementRun run(read_);
  const int code = read_.Step();
  if (code == SQLITE_DONE) return false;
  if (code != SQLITE_ROW) return connection_.Fail(code, "reading ids");
  *outcome = {.fresh = false,
              .stored = DecodeFingerprint(read_.Blob(0)),
              .committed_at = WallTime{read_.Integer(1)}};
  return true;
}

SinkStatus Ids::ClaimOne(std::string_view stream, const IdClaim& claim, WallTime now,
                         IdOutcome* outcome) {
  if (claim.believed_seen) {
    SinkResult<bool> found = Read(stream, claim.id, outcome);
    if (!found) return found.error();
    if (*found) return {};
  }
  SinkResult<bool> inserted = Insert(stream, claim, now);
  if (!inserted) return inserted.error();
  if (*inserted) {
    *outcome = {.fresh = true, .stored = {}, .committed_at = now};
    return {};
  }
  SinkResult<bool> found = Read(stream, claim.id, outcome);
  if (!found) return found.error();
  // Neither inserted nor there: a trigger dropped the mark, and without it nothing may be settled.
  if (!*found) {
    return connection_.Refuse(SinkErrorClass::kStream,
                              "oncegate_ids does not keep what is written");
  }
  return {};
}

SinkStatus Ids::Claim(std::string_view stream, std::span<const IdClaim> claims, WallTime now,
                      std::vector<IdOutcome>* outcomes) {
  outcomes->assign(claims.size(), {});
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (SinkStatus claimed = ClaimOne(stream, claims[i], now, &(*outcomes)[i]); !claimed) {
      return claimed;
    }
  }
  return {};
}

SinkResult<std::uint64_t> Ids::Count(std::string_view stream) {
  count_.BindText(1, stream);
  const StatementRun run(count_);
  if (const int code = count_.Step(); code != SQLITE_ROW) {
    return connection_.Fail(code, "counting ids");
  }
  return static_cast<std::uint64_t>(count_.Integer(0));
}

SinkResult<IdSweepResult> Ids::Sweep(const IdSweep& sweep) {
  IdSweepResult result;
  std::string last;
  std::uint32_t seen = 0;
  {
    scan_.BindText(1, sweep.stream);
    scan_.BindText(2, sweep.after);
    scan_.BindInteger(3, sweep.cutoff.microseconds);
    scan_.BindInteger(4, sweep.limit);
    const StatementRun run(scan_);
    int code = SQLITE_ROW;
    while ((code = scan_.Step()) == SQLITE_ROW) {
      ++seen;
      last = scan_.Text(0);
      if (scan_.Integer(1) != 0) result.ids.push_back(last);
    }
    if (code != SQLITE_DONE) return connection_.Fail(code, "sweeping ids");
  }
  if (seen == sweep.limit) result.next = std::move(last);
  if (sweep.dry_run) return result;
  for (const std::string& id : result.ids) {
    remove_.BindText(1, sweep.stream);
    remove_.BindText(2, id);
    remove_.BindInteger(3, sweep.cutoff.microseconds);
    const StatementRun run(remove_);
    if (const int code = remove_.Step(); code != SQLITE_DONE) {
      return connection_.Fail(code, "removing ids");
    }
  }
  return result;
}

}  // namespace oncegate::sqlite
