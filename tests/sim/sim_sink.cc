#include "tests/sim/sim_sink.h"

#include <algorithm>
#include <utility>

#include "dedupe/types/check.h"
#include "tests/sim/oracle.h"
#include "tests/sim/row_guard.h"

namespace oncegate::sim {
namespace {

// A broken connection's transaction may go on holding its locks for so long.
constexpr std::int64_t kLingerMillisecondsMax = 4'000;
// A COMMIT without an answer may land so much later.
constexpr std::int64_t kLateMillisecondsMax = 8'000;

SinkError Away() { return {SinkErrorClass::kConnection, "the connection is lost", "08006"}; }

}  // namespace

SimSession::SimSession(World* world) : world_(world), generation_(world->connection_generation) {}

SimSession::~SimSession() {
  if (!transaction_ || transaction_->ended) return;
  SeededRandom& random = world_->scheduler.random();
  if (committing_) {
    // The process died with COMMIT on its way: the server may not even have read it yet.
    Orphan(Milliseconds(random.Between(0, kLateMillisecondsMax)), random.Chance(500));
  } else if (random.Chance(300)) {
    Orphan(Milliseconds(random.Between(0, kLingerMillisecondsMax)), false);
  } else {
    world_->database.Abort(transaction_.get());
  }
}

void SimSession::Orphan(Milliseconds delay, bool lands) {
  transaction_->orphaned = true;
  transaction_->waits_for = 0;
  World* const world = world_;
  const std::uint64_t number = transaction_->number;
  const auto held = std::move(transaction_);
  transaction_.reset();
  world->scheduler.After(delay, [world, number, lands] {
    Transaction* const orphan = world->database.Find(number);
    if (orphan == nullptr) return;
    world->scheduler.Note(lands ? "orphan lands" : "orphan aborts");
    if (lands) {
      world->database.Land(orphan);
    } else {
      world->database.Abort(orphan);
    }
  });
}

void SimSession::LoseConnection() {
  if (broken_) return;
  broken_ = true;
  world_->Count(Happening::kConnectionLost);
  if (!transaction_ || transaction_->ended) return;
  SeededRandom& random = world_->scheduler.random();
  if (random.Chance(400)) {
    Orphan(Milliseconds(random.Between(0, kLingerMillisecondsMax)), false);
  } else {
    world_->database.Abort(transaction_.get());
  }
}

bool SimSession::IsUsable() const {
  return !broken_ && generation_ == world_->connection_generation;
}

SinkStatus SimSession::Fail(SinkErrorClass error_class, const char* message) {
  if (transaction_) world_->database.Abort(transaction_.get());
  return SinkError{error_class, message, ""};
}

SinkStatus SimSession::Enter(std::string_view call) {
  world_->Reach(call);
  if (world_->scheduler.random().Chance(world_->rates.connection_lost)) LoseConnection();
  if (!IsUsable() || world_->scheduler.now() < world_->sink_away_until) {
    LoseConnection();
    return Away();
  }
  if (transaction_ && transaction_->ended) {
    // The server ended it (idle for too long, or an administrator).
    return SinkError{SinkErrorClass::kRestart, "the transaction was ended", "25P02"};
  }
  if (transaction_) transaction_->last_active_us = world_->scheduler.now_us();
  return {};
}

SinkStatus SimSession::Leave(std::string_view call) {
  world_->Reach(call);
  if (world_->scheduler.random().Chance(world_->rates.connection_lost)) LoseConnection();
  if (!IsUsable()) {
    LoseConnection();
    return Away();
  }
  if (lost_race_) {
    if (call == "ledger_written" && world_->scheduler.random().Chance(500)) return {};
    if (call != "ledger_written") world_->Count(Happening::kLostRaceToldLate);
    return Fail(SinkErrorClass::kRestart, "a ledger row was changed meanwhile");
  }
  return {};
}

SinkResult<std::unique_ptr<SinkSession>> SimSink::Connect() {
  world_->scheduler.Point("connect");
  if (world_->scheduler.now() < world_->sink_away_until ||
      world_->scheduler.random().Chance(world_->rates.connection_lost)) {
    return Away();
  }
  return std::unique_ptr<SinkSession>(std::make_unique<SimSession>(world_));
}

SinkStatus SimSession::Begin() {
  CHECK(!transaction_);
  if (SinkStatus entered = Enter("begin"); !entered) return entered;
  transaction_ = world_->database.Begin(world_->scheduler.now_us());
  committing_ = false;
  lost_race_ = false;
  return Leave("begun");
}

SinkStatus SimSession::ReadLedger(std::span<const LedgerRequest> requests,
                                  std::vector<LedgerRow>* rows) {
  if (SinkStatus entered = Enter("read_ledger"); !entered) return entered;
  rows->assign(requests.size(), {});
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string name = LedgerName(requests[i].key.stream, requests[i].key.producer);
    // A locking read waits for a row that is being changed, not for one that is being inserted.
    if (requests[i].lock && world_->database.Visible(*transaction_, name) != nullptr) {
      if (SinkStatus locked = Lock(name); !locked) return locked;
    }
    const Cell* const cell = world_->database.Visible(*transaction_, name);
    if (cell == nullptr) continue;
    const auto& ledger = std::get<LedgerCell>(*cell);
    (*rows)[i] = {true, ledger.token, ledger.state, ledger.updated_at};
  }
  return Leave("ledger_read");
}

SinkStatus SimSession::WriteLedger(std::span<const LedgerWrite> writes, WallTime now,
                                   std::vector<std::uint32_t>* lost) {
  if (SinkStatus entered = Enter("write_ledger"); !entered) return entered;
  if (lost != nullptr) lost->clear();
  for (std::uint32_t i = 0; i < writes.size(); ++i) {
    bool is_lost = false;
    if (SinkStatus wrote = WriteOne(writes[i], now, &is_lost); !wrote) return wrote;
    if (is_lost && lost != nullptr) lost->push_back(i);
    lost_race_ = lost_race_ || (is_lost && lost == nullptr);
  }
  return Leave("ledger_written");
}

SinkStatus SimSession::WriteOne(const LedgerWrite& write, WallTime now, bool* lost) {
  Database& database = world_->database;
  const std::string name = LedgerName(write.key.stream, write.key.producer);
  const bool held = transaction_->locks.contains(name);
  if (write.expected && database.Visible(*transaction_, name) == nullptr) {
    *lost = true;
    return {};
  }
  if (SinkStatus locked = Lock(name); !locked) return locked;
  const Cell* const cell = database.Visible(*transaction_, name);
  *lost = write.expected ? cell == nullptr || std::get<LedgerCell>(*cell).token != *write.expected
                         : cell != nullptr;
  if (*lost) {
    if (!held) database.Unlock(transaction_.get(), name);
    return {};
  }
  if (purpose_ == Purpose::kForget) ForgiveForgotten(write);
  if (purpose_ == Purpose::kExpire) {
    world_->oracle->OnExpiry(write.key.stream, std::get<LedgerCell>(*cell).updated_at, now);
  }
  database.Put(transaction_.get(), name, LedgerCell{write.token, std::string(write.state), now});
  return {};
}

void SimSession::ForgiveForgotten(const LedgerWrite& write) {
  for (const Uid uid : world_->oracle->ForgottenBy(write)) {
    world_->database.Put(transaction_.get(), EffectName(uid), EffectCell{});
  }
}

SinkStatus SimSession::ClaimIds(std::string_view stream, std::span<const IdClaim> claims,
                                WallTime now, std::vector<IdOutcome>* outcomes) {
  if (SinkStatus entered = Enter("claim_ids"); !entered) return entered;
  outcomes->assign(claims.size(), {});
  for (std::size_t i = 0; i < claims.size(); ++i) {
    SinkStatus claimed = ClaimOne(stream, claims[i], now, &(*outcomes)[i]);
    if (!claimed) return claimed;
  }
  return Leave("ids_claimed");
}

SinkStatus SimSession::ClaimOne(std::string_view stream, const IdClaim& claim, WallTime now,
                                IdOutcome* outcome) {
  Database& database = world_->database;
  const std::string name = IdName(stream, claim.id);
  const auto tell = [&](const Cell& cell) {
    *outcome = {false, std::get<IdCell>(cell).fingerprint, std::get<IdCell>(cell).committed_at};
  };
  if (claim.believed_seen) {
    if (const Cell* const cell = database.Visible(*transaction_, name)) {
      tell(*cell);
      return {};
    }
  }
  const bool held = transaction_->locks.contains(name);
  if (SinkStatus locked = Lock(name); !locked) return locked;
  if (const Cell* const cell = database.Visible(*transaction_, name)) {
    tell(*cell);
    if (!held) database.Unlock(transaction_.get(), name);
    return {};
  }
  database.Put(transaction_.get(), name, IdCell{claim.fingerprint, now});
  *outcome = {true, {}, now};
  return {};
}

SinkStatus SimSession::UpsertRows(const StreamTarget& target, std::span<const Event* const> rows,
                                  WallTime, RowsOutcome* outcome) {
  *outcome = {};
  if (SinkStatus entered = Enter("upsert_rows"); !entered) return entered;
  if (world_->database.Committed(TableName(target.stream)) == nullptr) {
    return Fail(SinkErrorClass::kStream, "the table does not exist");
  }
  outcome->effects.assign(rows.size(), RowEffect::kWritten);
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    if (SinkStatus wrote = UpsertOne(target, i, *rows[i], outcome); !wrote) return wrote;
  }
  return Leave("rows_upserted");
}

SinkStatus SimSession::UpsertOne(const StreamTarget& target, std::uint32_t row, const Event& event,
                                 RowsOutcome* outcome) {
  if (event.value.find("poison") != std::string_view::npos &&
      !world_->StreamNamed(target.stream).is_mended) {
    outcome->bad.push_back({.row = row, .detail = "22P02: poison"});
    return {};
  }
  Database& database = world_->database;
  RowCell written{std::string(event.producer),
                  event.epoch,
                  event.sequence,
                  event.version,
                  event.operation == Operation::kDelete,
                  std::string(event.value),
                  event.event_time->microseconds};
  if (target.kind == TargetKind::kAppend) {
    CountEffect(event);
    database.Put(transaction_.get(), AppendedName(target.stream, database.NextPlace()),
                 std::move(written));
    return {};
  }
  const std::string name = RowName(target.stream, event.key);
  if (SinkStatus locked = Lock(name); !locked) return locked;
  const Cell* const cell = database.Visible(*transaction_, name);
  if (cell != nullptr) {
    const auto& stored = std::get<RowCell>(*cell);
    outcome->effects[row] = GuardRow(target.mode, stored, event);
    if (outcome->effects[row] == RowEffect::kSameVersion) {
      outcome->stored.push_back({row, stored.deleted, stored.value});
    }
    if (outcome->effects[row] != RowEffect::kWritten) return {};
  }
  CountEffect(event);
  database.Put(transaction_.get(), name, std::move(written));
  return {};
}

void SimSession::CountEffect(const Event& event) {
  Database& database = world_->database;
  const bool is_apart =
      purpose_ == Purpose::kReplay && replayed_ && world_->oracle->MayHaveRow(*replayed_);
  const std::string effect =
      is_apart ? ReplayName(replayed_->id) : EffectName(event.event_time->microseconds);
  const Cell* const before = database.Visible(*transaction_, effect);
  const std::uint32_t count = before == nullptr ? 0 : std::get<EffectCell>(*before).count;
  database.Put(transaction_.get(), effect, EffectCell{count + 1});
}

CommitOutcome SimSession::Commit() {
  committing_ = true;
  const SinkStatus entered = Enter("commit");
  committing_ = false;
  if (!entered) {
    // The client can not know how far its COMMIT came; here it never arrived.
    if (entered.error().error_class == SinkErrorClass::kRestart) {
      transaction_.reset();
      return CommitOutcome::kAborted;
    }
    return CommitOutcome::kInDoubt;
  }
  SeededRandom& random = world_->scheduler.random();
  if (lost_race_ || random.Chance(world_->rates.commit_refused)) {
    if (!lost_race_) world_->Count(Happening::kCommitRefused);
    world_->database.Abort(transaction_.get());
    transaction_.reset();
    return CommitOutcome::kAborted;
  }
  if (random.Chance(world_->rates.commit_in_doubt)) {
    broken_ = true;
    for (const auto& [name, cell] : transaction_->changes) {
      if (name.front() == 'R' || name.front() == 'A')
        world_->in_doubt.insert(std::get<RowCell>(*cell).uid);
    }
    const bool lands = random.Chance(500);
    if (random.Chance(500)) {
      world_->Count(lands ? Happening::kInDoubtLandedLate : Happening::kInDoubtAbortedLate);
      Orphan(Milliseconds(random.Between(1, kLateMillisecondsMax)), lands);
    } else if (lands) {
      world_->Count(Happening::kInDoubtLanded);
      world_->database.Land(transaction_.get());
    } else {
      world_->Count(Happening::kInDoubtAborted);
      world_->database.Abort(transaction_.get());
    }
    return CommitOutcome::kInDoubt;
  }
  world_->happenings.Count(Happening::kCommits);
  world_->database.Land(transaction_.get());
  transaction_.reset();
  return Leave("committed") ? CommitOutcome::kCommitted : CommitOutcome::kInDoubt;
}

void SimSession::Rollback() {
  if (transaction_) world_->database.Abort(transaction_.get());
  transaction_.reset();
  lost_race_ = false;
}

}  // namespace oncegate::sim
