#include "tests/sim/database.h"

#include <cstdio>
#include <utility>

#include "dedupe/types/check.h"

namespace oncegate::sim {

std::string CellName(char kind, std::string_view stream, std::string_view name) {
  std::string cell_name(1, kind);
  cell_name.append(stream).push_back('\x1f');
  return cell_name.append(name);
}

bool IsRefusedByData(const DeadLetter& letter) {
  return letter.verdict == ToString(Verdict::kRejected);
}

std::string AppendedName(std::string_view stream, std::uint64_t place) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%012llu", static_cast<unsigned long long>(place));
  return CellName('A', stream, digits);
}

std::string EffectName(Uid uid) { return CellName('E', {}, std::to_string(uid)); }

std::shared_ptr<Transaction> Database::Begin(std::int64_t now_us) {
  auto transaction = std::make_shared<Transaction>();
  transaction->number = ++transactions_made_;
  transaction->last_active_us = now_us;
  open_.emplace(transaction->number, transaction);
  return transaction;
}

const Cell* Database::Committed(std::string_view name) const {
  const auto found = cells_.find(name);
  return found == cells_.end() ? nullptr : &found->second;
}

const Cell* Database::Visible(const Transaction& transaction, std::string_view name) const {
  const auto own = transaction.changes.find(name);
  if (own == transaction.changes.end()) return Committed(name);
  return own->second ? &*own->second : nullptr;
}

const Transaction* Database::Holder(const Transaction& transaction, const std::string& name) const {
  const auto held = locks_.find(name);
  return held == locks_.end() || held->second == &transaction ? nullptr : held->second;
}

Transaction* Database::Find(std::uint64_t number) const {
  const auto found = open_.find(number);
  return found == open_.end() ? nullptr : found->second.get();
}

void Database::Lock(Transaction* transaction, const std::string& name) {
  CHECK(!transaction->ended && Holder(*transaction, name) == nullptr);
  locks_[name] = transaction;
  transaction->locks.insert(name);
}

void Database::Unlock(Transaction* transaction, const std::string& name) {
  if (transaction->locks.erase(name) != 0) locks_.erase(name);
  if (on_release_) on_release_();
}

void Database::Land(Transaction* transaction) {
  CHECK(!transaction->ended);
  Apply(&transaction->changes);
  landed_(*transaction);
  End(transaction);
}

void Database::Abort(Transaction* transaction) {
  if (!transaction->ended) End(transaction);
}

void Database::AbortAll() {
  while (!open_.empty()) End(open_.begin()->second.get());
}

void Database::Change(Changes changes) { Apply(&changes); }

void Database::Apply(Changes* changes) {
  Undo undo;
  for (auto& [name, cell] : *changes) {
    const auto before = cells_.find(name);
    undo.emplace_back(name, before == cells_.end() ? std::optional<Cell>() : before->second);
    if (cell) {
      watch_(name, &(cells_[name] = std::move(*cell)));
    } else {
      cells_.erase(name);
      watch_(name, nullptr);
    }
  }
  undo_.push_back(std::move(undo));
}

void Database::End(Transaction* transaction) {
  for (const std::string& name : transaction->locks) locks_.erase(name);
  transaction->locks.clear();
  transaction->changes.clear();
  transaction->ended = true;
  open_.erase(transaction->number);  // May be the last reference.
  if (on_release_) on_release_();
}

void Database::Rewind(std::size_t version) {
  AbortAll();
  while (undo_.size() > version) {
    Undo& undo = undo_.back();
    for (auto entry = undo.rbegin(); entry != undo.rend(); ++entry) {
      auto& [name, cell] = *entry;
      if (cell) {
        watch_(name, &(cells_[name] = std::move(*cell)));
      } else {
        cells_.erase(name);
        watch_(name, nullptr);
      }
    }
    undo_.pop_back();
  }
}

}  // namespace oncegate::sim
