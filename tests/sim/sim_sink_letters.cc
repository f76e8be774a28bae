// The calls of SimSession that are about dead letters.
#include <algorithm>
#include <utility>

#include "tests/sim/sim_sink.h"

namespace oncegate::sim {

SinkResult<std::uint64_t> SimSession::WriteDeadLetters(std::span<const DeadLetter> letters) {
  if (SinkStatus entered = Enter("write_dead_letters"); !entered) return entered.error();
  std::uint64_t fresh = 0;
  for (const DeadLetter& letter : letters) {
    const std::string name = LetterName(letter.id);
    if (SinkStatus locked = Lock(name); !locked) return locked.error();
    if (world_->database.Visible(*transaction_, name) != nullptr) continue;
    world_->database.Put(transaction_.get(), name, LetterCell{letter});
    // A letter that is kept anew may be replayed anew.
    world_->database.Put(transaction_.get(), ReplayName(letter.id), EffectCell{});
    world_->database.Remove(transaction_.get(), DiscardedName(letter.event_time->microseconds));
    ++fresh;
  }
  if (SinkStatus left = Leave("dead_letters_written"); !left) return left.error();
  return fresh;
}

SinkResult<std::vector<DeadLetter>> SimSession::LockDeadLetters(std::span<const std::string> ids) {
  if (SinkStatus entered = Enter("lock_dead_letters"); !entered) return entered.error();
  std::vector<DeadLetter> letters;
  for (const std::string& id : ids) {
    const std::string name = LetterName(id);
    if (world_->database.Visible(*transaction_, name) == nullptr) continue;
    if (SinkStatus locked = Lock(name); !locked) return locked.error();
    const Cell* const cell = world_->database.Visible(*transaction_, name);
    if (cell != nullptr) letters.push_back(std::get<LetterCell>(*cell).letter);
  }
  replayed_ = letters.empty() ? std::nullopt : std::optional(letters.back());
  if (SinkStatus left = Leave("dead_letters_locked"); !left) return left.error();
  return letters;
}

SinkResult<std::uint64_t> SimSession::DeleteDeadLetters(std::span<const std::string> ids) {
  if (SinkStatus entered = Enter("delete_dead_letters"); !entered) return entered.error();
  std::uint64_t deleted = 0;
  for (const std::string& id : ids) {
    const std::string name = LetterName(id);
    if (SinkStatus locked = Lock(name); !locked) return locked.error();
    const Cell* const cell = world_->database.Visible(*transaction_, name);
    if (cell == nullptr) continue;
    if (transaction_->discards) {
      const Uid uid = std::get<LetterCell>(*cell).letter.event_time->microseconds;
      world_->database.Put(transaction_.get(), DiscardedName(uid), EffectCell{1});
    }
    world_->database.Remove(transaction_.get(), name);
    ++deleted;
  }
  if (SinkStatus left = Leave("dead_letters_deleted"); !left) return left.error();
  return deleted;
}

SinkResult<std::uint64_t> SimSession::ForgetDeadLetters(const DeadLetterOwners& owners) {
  const auto holds = [](std::span<const std::string> names, const std::string& name) {
    return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<std::string> owned;
  for (const DeadLetter& letter : LettersOf({owners.stream, {}, UINT32_MAX})) {
    const bool is_in_range = !letter.sequence || letter.sequence->value <= owners.through_sequence;
    if ((is_in_range && holds(owners.producers, letter.producer)) ||
        holds(owners.event_ids, letter.event_id)) {
      owned.push_back(letter.id);
    }
  }
  transaction_->discards = true;
  return DeleteDeadLetters(owned);
}

std::vector<DeadLetter> SimSession::LettersOf(const DeadLetterQuery& query) const {
  std::vector<DeadLetter> letters;
  const std::string head = LetterName({});
  const std::string of_stream = query.stream.empty() ? "" : std::string(query.stream) + ":";
  const Cells& cells = world_->database.cells();
  for (auto cell =
           cells.lower_bound(LetterName(std::max<std::string_view>(query.after, of_stream)));
       cell != cells.end() && cell->first.starts_with(head) && letters.size() < query.limit;
       ++cell) {
    const DeadLetter& letter = std::get<LetterCell>(cell->second).letter;
    if (letter.id <= query.after || !letter.id.starts_with(of_stream)) continue;
    letters.push_back(letter);
  }
  return letters;
}

SinkResult<std::vector<DeadLetter>> SimSession::ListDeadLetters(const DeadLetterQuery& query) {
  if (SinkStatus entered = Enter("list_dead_letters"); !entered) return entered.error();
  std::vector<DeadLetter> letters = LettersOf(query);
  if (SinkStatus left = Leave("dead_letters_listed"); !left) return left.error();
  return letters;
}

SinkResult<std::uint64_t> SimSession::CountDeadLetters(std::string_view stream) {
  if (SinkStatus entered = Enter("count_dead_letters"); !entered) return entered.error();
  return LettersOf({stream, {}, UINT32_MAX}).size();
}

}  // namespace oncegate::sim
