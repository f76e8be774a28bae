#include "sinks/redis/session.h"

#include <chrono>
#include <thread>
#include <utility>

#include "dedupe/types/check.h"
#include "sinks/redis/catalogue.h"
#include "sinks/redis/dead_letters.h"
#include "sinks/redis/ids.h"
#include "sinks/redis/indexed_hash.h"
#include "sinks/redis/ledger.h"
#include "sinks/redis/letter_codec.h"
#include "sinks/redis/row_writer.h"

namespace oncegate::redis {
namespace {

using std::chrono::milliseconds;

// Longer than a group takes, short enough for the others when its holder dies.
constexpr milliseconds kTurnLifetime{1'000};
constexpr milliseconds kTurnPoll{1};

}  // namespace

RedisSession::RedisSession(std::unique_ptr<Connection> connection, const RedisSettings& settings,
                           ServerFacts facts)
    : connection_(std::move(connection)),
      settings_(settings),
      facts_(std::move(facts)),
      names_(settings.prefix),
      owner_(NewStamp()) {}

SinkResult<std::vector<StreamRecord>> RedisSession::ListStreams() {
  return redis::ListStreams(*connection_, names_);
}

SinkStatus RedisSession::EnsureStream(const StreamTarget& target) {
  return redis::EnsureStream(*connection_, settings_, target);
}

SinkStatus RedisSession::Begin() {
  if (failed_commit_) return ToSinkError(*std::exchange(failed_commit_, std::nullopt));
  Rollback();
  transaction_.emplace();
  return {};
}

SinkStatus RedisSession::TakeTurns(std::span<const LedgerRequest> requests) {
  Arguments turns;
  std::vector<std::string> names;
  for (const LedgerRequest& request : requests) {
    if (!request.lock) continue;
    names.push_back(names_.Turn(Names::Field(request.key.stream, request.key.producer)));
    turns.Add(names.back());
  }
  if (names.empty()) return {};
  const auto deadline = std::chrono::steady_clock::now() + 2 * kTurnLifetime;
  // Whoever waited for long enough goes on without: the script refuses it if it has to.
  while (std::chrono::steady_clock::now() < deadline) {
    const auto taken = connection_->Eval(Script::kTakeTurns, turns,
                                         {owner_, std::to_string(kTurnLifetime.count())});
    if (!taken) return ToSinkError(taken.error());
    if (taken->view().Integer() == 1) {
      turns_.insert(names.begin(), names.end());
      return {};
    }
    std::this_thread::sleep_for(kTurnPoll);
  }
  return {};
}

void RedisSession::ReleaseTurns() {
  const std::set<std::string> held = std::exchange(turns_, {});
  if (held.empty() || !connection_->IsUsable()) return;
  Arguments turns;
  for (const std::string& turn : held) turns.Add(turn);
  // They expire anyway.
  static_cast<void>(connection_->Eval(Script::kReleaseTurns, turns, {owner_}));
}

LedgerRow RedisSession::RowOf(const PendingField& mark) {
  std::optional<LedgerRow> row = DecodeMark(mark.next);
  CHECK(row);
  return std::move(*row);
}

SinkStatus RedisSession::ReadLedger(std::span<const LedgerRequest> requests,
                                    std::vector<LedgerRow>* rows) {
  CHECK(transaction_);
  if (SinkStatus taken = TakeTurns(requests); !taken) return taken;
  std::vector<std::string> fields;
  for (const LedgerRequest& request : requests) {
    fields.push_back(Names::Field(request.key.stream, request.key.producer));
  }
  SinkResult<std::vector<LedgerRow>> read = ReadMarks(*connection_, names_, fields);
  if (!read) return read.error();
  *rows = std::move(*read);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    PendingField& mark = transaction_->marks()[fields[i]];
    if (!mark.next.empty()) {
      (*rows)[i] = RowOf(mark);
    } else {
      const LedgerRow& row = (*rows)[i];
      mark.expected = row.found ? BytesOf(row.token) : "";
    }
  }
  return {};
}

SinkStatus RedisSession::WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                     std::vector<std::uint32_t>* lost) {
  CHECK(transaction_);
  if (lost != nullptr) {
    lost->clear();
    std::vector<LedgerRequest> unread;
    for (const LedgerWrite& write : writes) {
      const std::string field = Names::Field(write.key.stream, write.key.producer);
      if (!transaction_->marks().contains(field)) unread.push_back({write.key, false});
    }
    std::vector<LedgerRow> rows;
    if (SinkStatus read = ReadLedger(unread, &rows); !read) return read;
  }
  for (std::uint32_t i = 0; i < writes.size(); ++i) {
    const LedgerWrite& write = writes[i];
    const std::string expected(write.expected ? BytesOf(*write.expected) : "");
    const std::string field = Names::Field(write.key.stream, write.key.producer);
    const auto [at, is_new] = transaction_->marks().try_emplace(field, PendingField{expected, ""});
    PendingField& mark = at->second;
    const std::string current =
        mark.next.empty() ? mark.expected : std::string(BytesOf(RowOf(mark).token));
    if (current == expected) {
      mark.next = EncodeMark(write.token, now, write.state);
    } else if (lost != nullptr) {
      lost->push_back(i);
    } else {
      return SinkError{SinkErrorClass::kRestart, "a mark changed", ""};
    }
  }
  return {};
}

SinkStatus RedisSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                  WallTime now, std::vector<IdOutcome>* outcomes) {
  CHECK(transaction_);
  std::vector<std::string> fields;
  for (const IdClaim& claim : claims) fields.push_back(Names::Field(stream, claim.id));
  const auto read = ReadClaims(*connection_, names_, fields);
  if (!read) return read.error();
  outcomes->clear();
  for (std::size_t i = 0; i < claims.size(); ++i) {
    PendingField& id = transaction_->ids()[fields[i]];
    if (id.next.empty()) id.expected = (*read)[i].value_or("");
    const std::string& there = id.next.empty() ? id.expected : id.next;
    if (!there.empty()) {
      outcomes->push_back(DecodeClaim(there));
      continue;
    }
    id.next = EncodeClaim(claims[i].fingerprint, now);
    outcomes->push_back({.fresh = true, .stored = {}, .committed_at = now});
  }
  return {};
}

SinkStatus RedisSession::UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                    WallTime now, RowsOutcome* outcome) {
  CHECK(transaction_);
  RowWriter writer(*connection_, settings_, facts_.argument_bytes_max, *transaction_);
  return writer.Upsert(target, rows, now, outcome);
}

bool RedisSession::CanKeep(const DeadLetter& letter) const {
  return EncodeLetter(letter, NewStamp()).size() <= facts_.argument_bytes_max;
}

SinkResult<std::uint64_t> RedisSession::WriteDeadLetters(std::span<const DeadLetter> letters) {
  CHECK(transaction_);
  return DeadLetters(*connection_, names_)
      .Write(letters, facts_.argument_bytes_max, &transaction_->letters());
}

SinkResult<std::vector<DeadLetter>> RedisSession::LockDeadLetters(
    std::span<const std::string> ids) {
  CHECK(transaction_);
  return DeadLetters(*connection_, names_).Read(ids, &transaction_->letters());
}

SinkResult<std::uint64_t> RedisSession::DeleteDeadLetters(std::span<const std::string> ids) {
  CHECK(transaction_);
  return DeadLetters(*connection_, names_).Delete(ids, &transaction_->letters());
}

SinkResult<std::uint64_t> RedisSession::ForgetDeadLetters(const DeadLetterOwners& owners) {
  CHECK(transaction_);
  return DeadLetters(*connection_, names_).Forget(owners, &transaction_->letters());
}

CommitOutcome RedisSession::Commit() {
  CHECK(transaction_);
  const Transaction transaction = *std::exchange(transaction_, std::nullopt);
  if (transaction.IsEmpty()) return CommitOutcome::kCommitted;
  const Transaction::CommitCall call = transaction.MakeCommit(settings_, owner_, turns_);
  const auto reply = connection_->Eval(Script::kCommit, call.keys, call.arguments);
  if (!reply && reply.error().connection_lost) {
    turns_.clear();
    return CommitOutcome::kInDoubt;
  }
  if (reply && reply->view().Text() == "done") {
    turns_.clear();
    return CommitOutcome::kCommitted;
  }
  // An error reply: rows may be written, and are written again; no mark is.
  if (!reply) failed_commit_ = reply.error();
  ReleaseTurns();
  return CommitOutcome::kAborted;
}

void RedisSession::Rollback() {
  transaction_.reset();
  ReleaseTurns();
}

SinkResult<std::vector<ListedProducer>> RedisSession::ListProducers(const LedgerQuery& query) {
  return ListMarks(*connection_, names_, query);
}

SinkResult<std::uint64_t> RedisSession::CountProducers(std::string_view stream) {
  const auto count = CountFields(*connection_, names_.Ledger(), Names::Field(stream, ""));
  if (!count) return ToSinkError(count.error());
  return *count;
}

SinkResult<std::uint64_t> RedisSession::CountIds(std::string_view stream) {
  const auto count = CountFields(*connection_, names_.Ids(), Names::Field(stream, ""));
  if (!count) return ToSinkError(count.error());
  return *count;
}

SinkResult<IdSweepResult> RedisSession::SweepIds(const IdSweep& sweep) {
  return Sweep(*connection_, names_, sweep);
}

SinkResult<std::vector<DeadLetter>> RedisSession::ListDeadLetters(const DeadLetterQuery& query) {
  return DeadLetters(*connection_, names_).List(query);
}

SinkResult<std::uint64_t> RedisSession::CountDeadLetters(std::string_view stream) {
  const auto count = CountFields(*connection_, names_.DeadLetters(), Names::Field(stream, ""));
  if (!count) return ToSinkError(count.error());
  return *count;
}

SinkStatus RedisSession::Ping() { return EnsureLayout(*connection_, settings_); }

}  // namespace oncegate::redis
