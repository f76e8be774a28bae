// Database: the inside of the simulated sink. Transactions with READ COMMITTED visibility, an
// exclusive lock per row or unique key (so an insert waits for an uncommitted insert of the same
// key, while a locking read does not), an undo log of every commit so that the whole can be put
// back to an older state, and transactions that end by themselves later, without their connection.
//
// What it does not model: SQL, torn pages, a primary that goes on beside its successor.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sinks/sink.h"

namespace oncegate::sim {

/// Which event of a simulated producer; travels through the service as the event's time.
using Uid = std::int64_t;

struct LedgerCell {
  Token token;
  std::string state;
  WallTime updated_at;
};
struct IdCell {
  Fingerprint fingerprint;
  WallTime committed_at;
};
struct RowCell {
  std::string producer;
  Epoch epoch;
  std::optional<Sequence> sequence;
  std::optional<Version> version;
  bool deleted = false;
  std::string value;
  Uid uid = 0;
};
/// How often the row of an event was written and committed: what a counting trigger would see.
struct EffectCell {
  std::uint32_t count = 0;
};
/// A stream's table and its entry in the catalogue.
struct TableCell {
  StreamTarget target;
};
struct LetterCell {
  DeadLetter letter;
};
using Cell = std::variant<LedgerCell, IdCell, RowCell, EffectCell, TableCell, LetterCell>;

/// The sink could not take what it holds; its event was marked and never had a row. Letters of
/// another kind are of events that were accepted and then refused by the state.
bool IsRefusedByData(const DeadLetter& letter);

/// A kind letter, the stream, and the name within the stream; byte order is SQL's order here.
std::string CellName(char kind, std::string_view stream, std::string_view name);
inline std::string LedgerName(std::string_view stream, std::string_view producer) {
  return CellName('L', stream, producer);
}
inline std::string IdName(std::string_view stream, std::string_view id) {
  return CellName('I', stream, id);
}
/// A row of an append table, by its place in the table.
std::string AppendedName(std::string_view stream, std::uint64_t place);
inline std::string RowName(std::string_view stream, std::string_view key) {
  return CellName('R', stream, key);
}
/// The id of a letter names its stream.
inline std::string LetterName(std::string_view id) { return CellName('D', {}, id); }
inline std::string TableName(std::string_view stream) { return CellName('T', stream, {}); }
std::string EffectName(Uid uid);
/// An administrator took the letter of an event away, which is settled all the same.
inline std::string DiscardedName(Uid uid) { return CellName('X', {}, std::to_string(uid)); }
/// The effect of replaying a letter whose event may have had its own.
inline std::string ReplayName(std::string_view id) { return CellName('W', {}, id); }

using Cells = std::map<std::string, Cell, std::less<>>;
using Changes = std::map<std::string, std::optional<Cell>, std::less<>>;

struct Transaction {
  std::uint64_t number = 0;
  Changes changes;
  std::set<std::string> locks;
  std::uint64_t waits_for = 0;  // The number of the one whose lock it wants; 0: none.
  std::int64_t last_active_us = 0;
  bool orphaned = false;  // Its connection is gone; it ends by itself.
  bool ended = false;
  bool discards = false;  // An administrator takes dead letters away.
};

class Database {
 public:
  /// Told of every committed change, in order; `cell` null: removed.
  using Watch = std::function<void(const std::string& name, const Cell* cell)>;
  /// Told of a commit as a whole, after its changes.
  using Landed = std::function<void(const Transaction&)>;
  Database(Watch watch, Landed landed) : watch_(std::move(watch)), landed_(std::move(landed)) {}

  // ---- Transactions ----
  std::shared_ptr<Transaction> Begin(std::int64_t now_us);
  const Cell* Committed(std::string_view name) const;
  const Cell* Visible(const Transaction& transaction, std::string_view name) const;
  void Put(Transaction* transaction, const std::string& name, Cell cell) {
    transaction->changes[name] = std::move(cell);
  }
  void Remove(Transaction* transaction, const std::string& name) {
    transaction->changes[name] = std::nullopt;
  }
  /// Who holds the lock, if not `transaction` itself.
  const Transaction* Holder(const Transaction& transaction, const std::string& name) const;
  Transaction* Find(std::uint64_t number) const;
  bool HasLock(const std::string& name) const { return locks_.contains(name); }
  void Lock(Transaction* transaction, const std::string& name);
  void Unlock(Transaction* transaction, const std::string& name);
  void Land(Transaction* transaction);
  void Abort(Transaction* transaction);
  void AbortAll();
  /// Runs whenever locks were given back.
  void OnRelease(std::function<void()> action) { on_release_ = std::move(action); }

  // ---- The committed state as a whole ----
  const Cells& cells() const { return cells_; }
  /// One change outside of transactions (an administrator's, a sweep's).
  void Change(Changes changes);
  std::uint64_t NextPlace() { return ++places_; }
  /// The number of commits so far; a state can be named by it.
  std::size_t version() const { return undo_.size(); }
  /// Back to the state of `version`. Open transactions are aborted.
  void Rewind(std::size_t version);

 private:
  using Undo = std::vector<std::pair<std::string, std::optional<Cell>>>;

  void Apply(Changes* changes);
  void End(Transaction* transaction);

  const Watch watch_;
  const Landed landed_;
  std::function<void()> on_release_;
  Cells cells_;
  std::vector<Undo> undo_;
  std::map<std::string, Transaction*, std::less<>> locks_;
  std::map<std::uint64_t, std::shared_ptr<Transaction>> open_;
  std::uint64_t transactions_made_ = 0;
  std::uint64_t places_ = 0;
};

}  // namespace oncegate::sim
