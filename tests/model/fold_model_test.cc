// Folding against the row guard applied to one event after the other: every small case, from every
// stored row.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "dedupe/judge/fold.h"
#include "dedupe/types/verdict.h"
#include "tests/model/seed.h"

namespace oncegate {
namespace {

/// What the stored row keeps of the event that wrote it.
using Row = std::optional<Event>;

/// The row guard in the words of fold.h.
bool GuardAllows(const Row& row, const Event& event) {
  if (!row) return true;
  if (event.version) return !row->version || *row->version < *event.version;
  if (row->version) return false;
  const bool is_comparable =
      !event.producer.empty() && event.producer == row->producer && event.sequence && row->sequence;
  if (!is_comparable) return true;
  if (event.epoch != row->epoch) return event.epoch > row->epoch;
  return *event.sequence >= *row->sequence;
}

bool Write(const Event& event, Row* row) {
  if (!GuardAllows(*row, event)) return false;
  *row = event;
  return true;
}

Event Unordered(std::string_view producer = {}) {
  Event event;
  event.producer = producer;
  return event;
}
Event Sequenced(std::string_view producer, std::int64_t epoch, std::int64_t sequence) {
  Event event = Unordered(producer);
  event.epoch = Epoch{epoch};
  event.sequence = Sequence{sequence};
  return event;
}
Event Versioned(std::uint64_t version, Event event) {
  event.version = Version{0, version};
  return event;
}

/// One stored row and the events of its key: what one by one gives, and what the plan gives.
class Comparison {
 public:
  Comparison(DedupeMode mode, const Row& stored, std::vector<Event> events)
      : stored_(stored), events_(std::move(events)) {
    std::vector<const Event*> group;
    group.reserve(events_.size());
    for (std::uint32_t i = 0; i < events_.size(); ++i) {
      events_[i].key = "k";
      events_[i].index = i + 1;  // Tells who wrote a row; 0 is the stored one.
      group.push_back(&events_[i]);
    }
    plan_ = FoldEvents(mode, group);
    one_by_one_ = stored_;
    for (const Event& event : events_) allowed_.push_back(Write(event, &one_by_one_));
    folded_ = stored_;
    for (const std::vector<std::uint32_t>& round : plan_.rounds) {
      for (const std::uint32_t winner : round) written_.push_back(Write(events_[winner], &folded_));
    }
  }

  void Check() const {
    ASSERT_LE(plan_.rounds.size(), 2U);
    ASSERT_EQ(Author(folded_), Author(one_by_one_)) << "another row is left behind";
    for (std::uint32_t round = 0; round < plan_.rounds.size(); ++round) {
      ASSERT_EQ(plan_.rounds[round].size(), 1U);
      const FoldMembership& membership = plan_.membership[plan_.rounds[round][0]];
      ASSERT_EQ(membership.round, round) << "a winner is not a member of its row";
      ASSERT_EQ(membership.fate, FoldFate::kShares);
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
      ASSERT_EQ(plan_.membership[i].row, 0U);
      if (plan_.membership[i].fate == FoldFate::kShares) continue;
      ASSERT_FALSE(allowed_[i]) << "event " << i << " would have been written";
    }
    ASSERT_EQ(written_.back(), allowed_[plan_.rounds.back()[0]]);
  }

  /// Version streams: what is answered as settled is in the row, or the row is newer.
  void CheckPromise() const {
    ASSERT_EQ(plan_.rounds.size(), 1U);
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const Verdict verdict = VerdictOf(i);
      if (IsSettled(verdict)) {
        ASSERT_GE(*folded_->version, *events_[i].version);
        if (*folded_->version == *events_[i].version) {
          ASSERT_EQ(folded_->fingerprint, events_[i].fingerprint)
              << "event " << i << " is answered as " << ToString(verdict);
        }
      } else {
        ASSERT_EQ(verdict, Verdict::kConflict);
        ASSERT_FALSE(allowed_[i]);
      }
    }
  }

  std::string Describe() const {
    std::string text = stored_ ? "stored " + DescribeEvent(*stored_) : "nothing stored";
    for (const Event& event : events_) text += "; " + DescribeEvent(event);
    return text;
  }

 private:
  static std::uint32_t Author(const Row& row) { return row ? row->index : 0; }

  static std::string DescribeEvent(const Event& event) {
    std::string text = event.producer.empty() ? "nobody" : std::string(event.producer);
    if (event.sequence) {
      text += " " + std::to_string(event.epoch.value) + "/" + std::to_string(event.sequence->value);
    }
    if (event.version) text += " v" + std::to_string(event.version->low);
    return text + " payload " + std::to_string(event.fingerprint.low);
  }

  /// By the words of FoldFate, for version streams.
  Verdict VerdictOf(std::size_t i) const {
    const Event& winner = events_[plan_.rounds[0][0]];
    const bool is_refused_as_equal =
        !written_[0] && stored_ && *stored_->version == *winner.version;
    switch (plan_.membership[i].fate) {
      case FoldFate::kSuperseded:
        return Verdict::kSuperseded;
      case FoldFate::kConflict:
        return Verdict::kConflict;
      case FoldFate::kShares:
        if (written_[0]) return Verdict::kApplied;
        break;
      case FoldFate::kDuplicate:
        if (!is_refused_as_equal) return Verdict::kDuplicate;
        break;
    }
    if (!is_refused_as_equal || *events_[i].version < *winner.version) return Verdict::kSuperseded;
    return stored_->fingerprint == winner.fingerprint ? Verdict::kDuplicate : Verdict::kConflict;
  }

  Row stored_;
  std::vector<Event> events_;
  FoldPlan plan_;
  std::vector<bool> allowed_;  // One by one, parallel to the events.
  std::vector<bool> written_;  // Per round.
  Row one_by_one_;
  Row folded_;
};

/// Calls `check` with every sequence of at most `length_max` events of `kinds` on every stored row.
void ForEveryCase(DedupeMode mode, const std::vector<Event>& kinds, std::size_t length_max,
                  const std::function<void(const Comparison&)>& check) {
  std::vector<Row> rows{std::nullopt};
  rows.insert(rows.end(), kinds.begin(), kinds.end());
  for (std::size_t length = 1; length <= length_max; ++length) {
    std::vector<std::size_t> choice(length, 0);
    for (bool more = true; more;) {
      std::vector<Event> events;
      events.reserve(length);
      for (const std::size_t kind : choice) events.push_back(kinds[kind]);
      for (const Row& row : rows) {
        const Comparison comparison(mode, row, events);
        check(comparison);
        ASSERT_FALSE(::testing::Test::HasFailure()) << comparison.Describe();
      }
      const auto digit = std::find_if(choice.begin(), choice.end(),
                                      [&](std::size_t kind) { return kind + 1 < kinds.size(); });
      std::fill(choice.begin(), digit, 0);
      more = digit != choice.end();
      if (more) ++*digit;
    }
  }
}

const std::vector<Event>& MixedKinds() {
  static const std::vector<Event> kinds{
      Unordered(),
      Unordered("a"),
      Sequenced("a", 0, 1),
      Sequenced("a", 0, 2),
      Sequenced("a", 1, 0),
      Sequenced("b", 0, 1),
      Sequenced("b", 0, 2),
      Versioned(1, Unordered()),
      Versioned(1, Sequenced("a", 0, 2)),
      Versioned(2, Sequenced("a", 0, 1)),
      Versioned(2, Sequenced("b", 0, 3)),
  };
  return kinds;
}

TEST(FoldModel, EveryMixOfFourEventsLeavesTheRowThatOneByOneLeaves) {
  ForEveryCase(DedupeMode::kOff, MixedKinds(), 4,
               [](const Comparison& comparison) { comparison.Check(); });
}

TEST(FoldModel, EveryMixOfSixUnversionedEventsLeavesTheRowThatOneByOneLeaves) {
  const std::vector<Event> kinds{Unordered(), Sequenced("a", 0, 1), Sequenced("a", 0, 2),
                                 Sequenced("b", 0, 1), Sequenced("b", 0, 2)};
  ForEveryCase(DedupeMode::kOff, kinds, 6,
               [](const Comparison& comparison) { comparison.Check(); });
}

TEST(FoldModel, InVersionStreamsNothingIsSettledThatIsNotInTheRow) {
  std::vector<Event> kinds;
  for (const std::uint64_t version : {1, 2, 3}) {
    for (const std::uint64_t payload : {1, 2}) {
      kinds.push_back(Versioned(version, Unordered()));
      kinds.back().fingerprint = {0, payload};
    }
  }
  ForEveryCase(DedupeMode::kVersion, kinds, 4, [](const Comparison& comparison) {
    comparison.Check();
    comparison.CheckPromise();
  });
}

/// A whole table through the plan of one group of many keys.
TEST(FoldModel, RandomGroupsOfManyKeysLeaveTheTableThatOneByOneLeaves) {
  const std::uint32_t seed = TestSeed();
  std::mt19937 random(seed);
  const std::vector<std::string> keys{"k",    "K", "k ", "kk", "prefix-0001", "prefix-00010",
                                      "\xff", "m"};
  std::map<std::string_view, Row> one_by_one;
  std::map<std::string_view, Row> folded;
  for (int round_trip = 0; round_trip < 3000; ++round_trip) {
    std::vector<Event> events;
    for (std::size_t left = 1 + random() % 40; left > 0; --left) {
      events.push_back(MixedKinds()[random() % MixedKinds().size()]);
      // Versions grow, or the table would soon be closed to everything else.
      if (events.back().version) events.back().version->low += random() % 3;
      events.back().key = keys[random() % keys.size()];
      events.back().index = static_cast<std::uint32_t>(round_trip * 100 + static_cast<int>(left));
    }
    std::vector<const Event*> group;
    group.reserve(events.size());
    for (const Event& event : events) group.push_back(&event);
    for (const Event& event : events) Write(event, &one_by_one[event.key]);
    for (const std::vector<std::uint32_t>& round : FoldEvents(DedupeMode::kOff, group).rounds) {
      ASSERT_TRUE(std::is_sorted(round.begin(), round.end(), [&](auto left, auto right) {
        return events[left].key < events[right].key;
      }));
      for (const std::uint32_t winner : round) Write(events[winner], &folded[events[winner].key]);
    }
    for (const auto& [key, row] : one_by_one) {
      ASSERT_EQ(row ? row->index : 0, folded[key] ? folded[key]->index : 0)
          << "seed " << seed << ", group " << round_trip << ", key " << key;
    }
    if (random() % 4 != 0) continue;
    one_by_one.clear();
    folded.clear();
  }
}

}  // namespace
}  // namespace oncegate
