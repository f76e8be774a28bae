#include "dedupe/judge/fold.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string_view>
#include <tuple>

#include "dedupe/types/check.h"

namespace oncegate {
namespace {

/// Sorts by key bytes, events of one key in arrival order. `head` is the key's first eight bytes
/// behind the prefix that all keys share, so that nearly every comparison is one of two integers.
struct Entry {
  std::uint64_t head;
  std::uint32_t event;
};

std::size_t SharedPrefixBytes(std::span<const Event* const> events) {
  const std::string_view first = events.front()->key;
  std::size_t shared = first.size();
  for (const Event* event : events) {
    const std::size_t limit = std::min(shared, event->key.size());
    shared = 0;
    while (shared < limit && event->key[shared] == first[shared]) ++shared;
  }
  return shared;
}

std::uint64_t HeadOf(std::string_view key) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i) {
    head = (head << 8) | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  }
  return head;
}

std::vector<Entry> SortByKey(std::span<const Event* const> events) {
  const std::size_t shared = SharedPrefixBytes(events);
  std::vector<Entry> entries;
  entries.reserve(events.size());
  for (const Event* event : events) {
    entries.push_back(
        {HeadOf(event->key.substr(shared)), static_cast<std::uint32_t>(entries.size())});
  }
  std::sort(entries.begin(), entries.end(), [events](const Entry& left, const Entry& right) {
    if (left.head != right.head) return left.head < right.head;
    const int order = events[left.event]->key.compare(events[right.event]->key);
    return order != 0 ? order < 0 : left.event < right.event;
  });
  return entries;
}

/// Events can be folded only within a class: inside one, whether the winner is written depends on
/// the stored row exactly as it would for the events one by one.
enum class FoldClass : std::uint8_t {
  kVersioned,  // Compared by version alone, whoever sent it.
  kSequenced,  // Compared by (epoch, seq) with rows of the same producer.
  kUnordered,  // No version, and no producer or no sequence: the later arrival wins.
};

FoldClass ClassOf(const Event& event) {
  if (event.version) return FoldClass::kVersioned;
  return event.sequence && !event.producer.empty() ? FoldClass::kSequenced : FoldClass::kUnordered;
}

bool IsSameClass(const Event& left, const Event& right) {
  const FoldClass fold_class = ClassOf(left);
  if (fold_class != ClassOf(right)) return false;
  return fold_class != FoldClass::kSequenced || left.producer == right.producer;
}

/// The row guard between two events of one class. kShares: the challenger takes the row over.
FoldFate Challenge(DedupeMode mode, const Event& holder, const Event& challenger) {
  switch (ClassOf(challenger)) {
    case FoldClass::kVersioned:
      if (*challenger.version > *holder.version) return FoldFate::kShares;
      if (mode != DedupeMode::kVersion || *challenger.version < *holder.version) {
        return FoldFate::kSuperseded;
      }
      return challenger.fingerprint == holder.fingerprint ? FoldFate::kDuplicate
                                                          : FoldFate::kConflict;
    case FoldClass::kSequenced:
      return std::tie(challenger.epoch, *challenger.sequence) <
                     std::tie(holder.epoch, *holder.sequence)
                 ? FoldFate::kSuperseded
                 : FoldFate::kShares;
    case FoldClass::kUnordered:
      break;
  }
  return FoldFate::kShares;
}

/// Folds the events of one key into one row, or two where the class changed.
///
/// Two are always enough. Behind a versioned event nothing without a version is ever written. Of
/// runs without versions only the last two count: whatever the last but one leaves in the row, its
/// own winner or something newer of its producer, the last one overwrites, being of another class;
/// and a stored row with a version refuses both. So a third run moves the second into the first
/// round.
class KeyFold {
 public:
  KeyFold(DedupeMode mode, std::span<const Event* const> events, FoldPlan* plan)
      : mode_(mode), events_(events), plan_(plan) {}

  void Run(std::span<const Entry> entries) {
    for (const Entry& entry : entries) Add(entry.event);
    for (std::uint32_t round = 0; round < rounds_; ++round) {
      Join(winners_[round], round, FoldFate::kShares);  // It may have moved from the second round.
      plan_->rounds[round].push_back(winners_[round]);
    }
  }

 private:
  void Add(std::uint32_t event) {
    if (rounds_ == 0) return Win(event, 0);
    const std::uint32_t last = rounds_ - 1;
    const Event& holder = *events_[winners_[last]];
    if (IsSameClass(holder, *events_[event])) {
      const FoldFate fate = Challenge(mode_, holder, *events_[event]);
      if (fate == FoldFate::kShares) return Win(event, last);
      return Join(event, last, fate);
    }
    if (holder.version) return Join(event, last, FoldFate::kSuperseded);
    if (last == 1) winners_[0] = winners_[1];
    Win(event, 1);
  }

  void Win(std::uint32_t event, std::uint32_t round) {
    winners_[round] = event;
    rounds_ = round + 1;
    Join(event, round, FoldFate::kShares);
  }

  void Join(std::uint32_t event, std::uint32_t round, FoldFate fate) {
    plan_->membership[event] = {round, static_cast<std::uint32_t>(plan_->rounds[round].size()),
                                fate};
  }

  DedupeMode mode_;
  std::span<const Event* const> events_;
  FoldPlan* plan_;
  std::array<std::uint32_t, 2> winners_{};
  std::uint32_t rounds_ = 0;
};

}  // namespace

FoldPlan FoldEvents(DedupeMode mode, std::span<const Event* const> events) {
  FoldPlan plan;
  if (events.empty()) return plan;
  CHECK(events.size() <= std::numeric_limits<std::uint32_t>::max());
  plan.membership.resize(events.size());
  plan.rounds.resize(2);
  plan.rounds[0].reserve(events.size());
  const std::vector<Entry> entries = SortByKey(events);
  for (auto first = entries.begin(); first != entries.end();) {
    const std::string_view key = events[first->event]->key;
    const auto last = std::find_if(first + 1, entries.end(), [&](const Entry& entry) {
      return entry.head != first->head || events[entry.event]->key != key;
    });
    KeyFold(mode, events, &plan).Run({first, last});
    first = last;
  }
  if (plan.rounds[1].empty()) plan.rounds.pop_back();
  return plan;
}

FoldPlan KeepEveryEvent(std::size_t events) {
  FoldPlan plan;
  plan.rounds.emplace_back(events);
  std::iota(plan.rounds.front().begin(), plan.rounds.front().end(), 0);
  for (std::uint32_t row = 0; row < events; ++row) plan.membership.push_back({.row = row});
  return plan;
}

}  // namespace oncegate
