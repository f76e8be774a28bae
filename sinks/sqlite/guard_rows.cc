#include "sinks/sqlite/guard_rows.h"

#include <sqlite3.h>

#include <utility>
#include <vector>

#include "sinks/common/fingerprint_bytes.h"
#include "sinks/sqlite/row_writer.h"

namespace oncegate::sqlite {
namespace {

/// Behind those of row_binding.h.
enum GuardParameter : int { kStream = kAppliedAt + 1, kFingerprint, kAppliedMicroseconds };

std::string AskSql() {
  return "SELECT " + std::string(kRowGuard) +
         ", version IS ?7 AND ?7 IS NOT NULL, deleted, fingerprint FROM oncegate_rows"
         " WHERE stream = ?11 AND key = ?1";
}

constexpr char kWrite[] =
    "INSERT INTO oncegate_rows"
    " (stream, key, producer, epoch, seq, version, deleted, fingerprint, applied_at)"
    " VALUES (?11, ?1, ?3, ?4, ?5, ?7, ?9, ?12, ?13)"
    " ON CONFLICT (stream, key) DO UPDATE SET producer = excluded.producer,"
    " epoch = excluded.epoch, seq = excluded.seq, version = excluded.version,"
    " deleted = excluded.deleted, fingerprint = excluded.fingerprint,"
    " applied_at = excluded.applied_at";

constexpr char kScan[] =
    "SELECT key, deleted AND applied_at < ?3 FROM oncegate_rows WHERE stream = ?1 AND key > ?2"
    " ORDER BY key LIMIT ?4";
constexpr char kRemove[] = "DELETE FROM oncegate_rows WHERE stream = ?1 AND key = ?2";

}  // namespace

SinkStatus GuardRows::Prepare(Connection& connection) {
  if (ask_ && write_) return {};
  SinkResult<Statement> ask = connection.Prepare(AskSql());
  if (!ask) return ask.error();
  SinkResult<Statement> write = connection.Prepare(kWrite);
  if (!write) return write.error();
  ask_ = std::move(*ask);
  write_ = std::move(*write);
  return {};
}

GuardRows::Answer GuardRows::Ask(std::string_view stream, const Event& event, RowBinding* binding) {
  binding->BindIdentity(ask_, event);
  ask_.BindText(kStream, stream);
  const StatementRun run(ask_);
  Answer answer;
  answer.code = ask_.Step();
  if (answer.code != SQLITE_ROW) return answer;
  answer.code = SQLITE_DONE;
  answer.may_write = ask_.Integer(0) != 0;
  answer.same_version = ask_.Integer(1) != 0;
  answer.deleted = ask_.Integer(2) != 0;
  answer.fingerprint = DecodeFingerprint(ask_.Blob(3));
  return answer;
}

int GuardRows::Write(std::string_view stream, const Event& event, WallTime now,
                     RowBinding* binding) {
  const FingerprintBytes fingerprint = EncodeFingerprint(event.fingerprint);
  binding->BindIdentity(write_, event);
  write_.BindInteger(kDeleted, event.operation == Operation::kDelete ? 1 : 0);
  write_.BindText(kStream, stream);
  write_.BindBlob(kFingerprint, {fingerprint.data(), fingerprint.size()});
  write_.BindInteger(kAppliedMicroseconds, now.microseconds);
  const StatementRun run(write_);
  return write_.Step();
}

SinkResult<std::string> SweepGuards(Connection& connection, const GuardSweep& sweep) {
  std::string next;
  const SinkStatus done = InTransaction(connection, [&]() -> SinkStatus {
    SinkResult<Statement> scan = connection.Prepare(kScan);
    if (!scan) return scan.error();
    SinkResult<Statement> remove = connection.Prepare(kRemove);
    if (!remove) return remove.error();
    scan->BindText(1, sweep.stream);
    scan->BindText(2, sweep.after);
    scan->BindInteger(3, sweep.cutoff.microseconds);
    scan->BindInteger(4, sweep.limit);
    std::vector<std::string> old;
    std::uint32_t seen = 0;
    std::string last;
    int code = SQLITE_ROW;
    while ((code = scan->Step()) == SQLITE_ROW) {
      last = scan->Text(0);
      ++seen;
      if (scan->Integer(1) != 0) old.push_back(last);
    }
    if (code != SQLITE_DONE) return connection.Fail(code, "looking for old guard rows");
    for (const std::string& key : old) {
      remove->BindText(1, sweep.stream);
      remove->BindText(2, key);
      const StatementRun run(*remove);
      code = remove->Step();
      if (code != SQLITE_DONE) return connection.Fail(code, "removing old guard rows");
    }
    if (seen == sweep.limit) next = last;
    return {};
  });
  if (!done) return done.error();
  return next;
}

}  // namespace oncegate::sqlite
