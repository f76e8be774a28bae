// The calls of SimSession that are transactions of their own, and waiting for locks.
#include <algorithm>
#include <utility>

#include "tests/sim/oracle.h"
#include "tests/sim/sim_sink.h"

namespace oncegate::sim {
namespace {

constexpr Milliseconds kLockTimeout{2'000};
constexpr std::int64_t kIdleTimeoutMicroseconds = 3'000'000;

bool IsDeadlocked(const Database& database, const Transaction& waiter) {
  const Transaction* next = database.Find(waiter.waits_for);
  while (next != nullptr && next != &waiter) next = database.Find(next->waits_for);
  return next == &waiter;
}

}  // namespace

SinkStatus SimSession::Lock(const std::string& name) {
  Database& database = world_->database;
  Scheduler& scheduler = world_->scheduler;
  const std::shared_ptr<Transaction> own = transaction_;
  const SteadyTime deadline = scheduler.now() + kLockTimeout;
  bool waited = false;
  for (;;) {
    scheduler.Point("lock");
    if (!IsUsable()) {
      LoseConnection();
      return SinkError{SinkErrorClass::kConnection, "the connection is lost", "08006"};
    }
    if (own->ended) return SinkError{SinkErrorClass::kRestart, "the transaction was ended", ""};
    if (scheduler.random().Chance(world_->rates.lock_timeout)) {
      world_->Count(Happening::kLockTimeout);
      return Fail(SinkErrorClass::kRestart, "lock timeout");
    }
    const Transaction* const holder = database.Holder(*own, name);
    if (holder == nullptr) break;
    if (!waited) world_->Count(Happening::kLockWait);
    waited = true;
    if (!holder->orphaned &&
        scheduler.now_us() - holder->last_active_us > kIdleTimeoutMicroseconds) {
      world_->Count(Happening::kIdleKilled);
      database.Abort(database.Find(holder->number));
      continue;
    }
    own->waits_for = holder->number;
    if (IsDeadlocked(database, *own)) {
      own->waits_for = 0;
      world_->Count(Happening::kDeadlock);
      return Fail(SinkErrorClass::kRestart, "deadlock detected");
    }
    if (scheduler.now() >= deadline) {
      own->waits_for = 0;
      world_->Count(Happening::kLockTimeout);
      return Fail(SinkErrorClass::kRestart, "lock timeout");
    }
    own->last_active_us = scheduler.now_us();
    scheduler.SleepUntil(
        std::min(deadline, scheduler.now() + Milliseconds(scheduler.random().Between(5, 100))));
    own->waits_for = 0;
  }
  database.Lock(own.get(), name);
  return {};
}

SinkStatus SimSession::LockRows(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (SinkStatus entered = Enter("lock_rows"); !entered) return entered;
    if (SinkStatus locked = Lock(name); !locked) return locked;
  }
  return Leave("rows_locked");
}

SinkResult<std::vector<StreamRecord>> SimSession::ListStreams() {
  if (SinkStatus entered = Enter("list_streams"); !entered) return entered.error();
  std::vector<StreamRecord> records;
  for (const auto& [name, cell] : world_->database.cells()) {
    const auto* const table = std::get_if<TableCell>(&cell);
    if (table == nullptr) continue;
    const StreamTarget& target = table->target;
    records.push_back({target.stream, target.table, target.mode, target.kind});
  }
  return records;
}

SinkStatus SimSession::EnsureStream(const StreamTarget& target) {
  if (SinkStatus entered = Enter("ensure_stream"); !entered) return entered;
  const std::string name = TableName(target.stream);
  if (world_->database.Committed(name) == nullptr) {
    Changes changes;
    changes[name] = TableCell{target};
    world_->database.Change(std::move(changes));
  }
  return Leave("stream_ensured");
}

SinkResult<std::vector<ListedProducer>> SimSession::ListProducers(const LedgerQuery& query) {
  if (SinkStatus entered = Enter("list_producers"); !entered) return entered.error();
  std::vector<ListedProducer> listed;
  const std::string head = LedgerName(query.stream, query.prefix);
  const Cells& cells = world_->database.cells();
  for (auto cell = cells.lower_bound(std::max(head, LedgerName(query.stream, query.after)));
       cell != cells.end() && cell->first.starts_with(head); ++cell) {
    const std::string producer = cell->first.substr(LedgerName(query.stream, {}).size());
    if (!query.after.empty() && producer == query.after) continue;
    const auto& ledger = std::get<LedgerCell>(cell->second);
    listed.push_back({producer, {true, ledger.token, ledger.state, ledger.updated_at}});
    if (listed.size() == query.limit) break;
  }
  if (SinkStatus left = Leave("producers_listed"); !left) return left.error();
  return listed;
}

std::uint64_t SimSession::CountCells(char kind, std::string_view stream) const {
  const std::string head = CellName(kind, stream, {});
  const Cells& cells = world_->database.cells();
  std::uint64_t count = 0;
  for (auto cell = cells.lower_bound(head); cell != cells.end() && cell->first.starts_with(head);
       ++cell) {
    ++count;
  }
  return count;
}

SinkResult<std::uint64_t> SimSession::CountProducers(std::string_view stream) {
  if (SinkStatus entered = Enter("count_producers"); !entered) return entered.error();
  return CountCells('L', stream);
}

SinkResult<std::uint64_t> SimSession::CountIds(std::string_view stream) {
  if (SinkStatus entered = Enter("count_ids"); !entered) return entered.error();
  return CountCells('I', stream);
}

SinkResult<IdSweepResult> SimSession::SweepIds(const IdSweep& sweep) {
  if (SinkStatus entered = Enter("sweep_ids"); !entered) return entered.error();
  IdSweepResult result;
  Changes changes;
  const std::string head = IdName(sweep.stream, {});
  const Cells& cells = world_->database.cells();
  std::uint32_t seen = 0;
  for (auto cell = cells.upper_bound(IdName(sweep.stream, sweep.after));
       cell != cells.end() && cell->first.starts_with(head); ++cell) {
    const std::string id = cell->first.substr(head.size());
    ++seen;
    if (std::get<IdCell>(cell->second).committed_at < sweep.cutoff &&
        !world_->database.HasLock(cell->first)) {
      result.ids.push_back(id);
      changes[cell->first] = std::nullopt;
      changes[EffectName(world_->oracle->UidOfId(id))] = EffectCell{};
    }
    if (seen == sweep.limit) {
      result.next = id;
      break;
    }
  }
  if (!sweep.dry_run && !changes.empty()) {
    world_->oracle->NoteIdsExpired();
    for (std::size_t i = 0; i < result.ids.size(); ++i) world_->Count(Happening::kIdExpired);
    world_->database.Change(std::move(changes));
  }
  if (SinkStatus left = Leave("ids_swept"); !left) return left.error();
  return result;
}

SinkStatus SimSession::Ping() {
  if (SinkStatus entered = Enter("ping"); !entered) return entered;
  return Leave("pong");
}

}  // namespace oncegate::sim
