#include "dedupe/judge/fold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

namespace oncegate {
namespace {

/// The events of one group, in arrival order.
class Group {
 public:
  Event& Add(std::string key) {
    Event& event = events_.emplace_back();
    event.key = texts_.emplace_back(std::move(key));
    return event;
  }
  void Sent(const std::string& producer, std::int64_t epoch, std::int64_t sequence,
            const std::string& key = "k") {
    Event& event = Add(key);
    event.producer = texts_.emplace_back(producer);
    event.epoch = Epoch{epoch};
    event.sequence = Sequence{sequence};
  }
  void Versioned(std::uint64_t version, Fingerprint payload = {}, const std::string& key = "k") {
    Event& event = Add(key);
    event.version = Version{0, version};
    event.fingerprint = payload;
  }

  FoldPlan Fold(DedupeMode mode = DedupeMode::kWindow) const {
    std::vector<const Event*> events;
    for (const Event& event : events_) events.push_back(&event);
    return FoldEvents(mode, events);
  }

 private:
  std::deque<std::string> texts_;
  std::deque<Event> events_;
};

using Rounds = std::vector<std::vector<std::uint32_t>>;

std::vector<FoldFate> Fates(const FoldPlan& plan) {
  std::vector<FoldFate> fates;
  for (const FoldMembership& membership : plan.membership) fates.push_back(membership.fate);
  return fates;
}

constexpr FoldFate kShares = FoldFate::kShares;
constexpr FoldFate kSuperseded = FoldFate::kSuperseded;

TEST(Fold, NoEventsAreNoRounds) {
  const FoldPlan plan = Group().Fold();
  EXPECT_TRUE(plan.rounds.empty());
  EXPECT_TRUE(plan.membership.empty());
}

TEST(Fold, DistinctKeysAreOneRoundSortedByBytes) {
  Group group;
  for (const char* key : {"b", "a\xff", "a", "ab", "\xc3\xa4"}) group.Sent("p", 0, 0, key);
  const FoldPlan plan = group.Fold();
  EXPECT_EQ(plan.rounds, (Rounds{{2, 3, 1, 0, 4}}));
  for (std::uint32_t row = 0; row < 5; ++row) {
    const FoldMembership& membership = plan.membership[plan.rounds[0][row]];
    EXPECT_EQ(membership.round, 0U);
    EXPECT_EQ(membership.row, row);
    EXPECT_EQ(membership.fate, kShares);
  }
}

TEST(Fold, KeysThatShareALongPrefixAreSortedByWhatFollows) {
  Group group;
  const std::string prefix(40, 'x');
  for (const char* tail : {"00000000b", "00000000a", "0000000", "", "00000000ab"}) {
    group.Sent("p", 0, 0, prefix + tail);
  }
  EXPECT_EQ(group.Fold().rounds, (Rounds{{3, 2, 1, 4, 0}}));
}

TEST(Fold, TheHigherSequenceOfAProducerWinsInWhateverOrderTheyArrive) {
  Group ascending;
  ascending.Sent("p", 0, 1);
  ascending.Sent("p", 0, 2);
  EXPECT_EQ(ascending.Fold().rounds, (Rounds{{1}}));
  EXPECT_EQ(Fates(ascending.Fold()), (std::vector{kShares, kShares}));

  Group descending;
  descending.Sent("p", 0, 2);
  descending.Sent("p", 0, 1);
  EXPECT_EQ(descending.Fold().rounds, (Rounds{{0}}));
  EXPECT_EQ(Fates(descending.Fold()), (std::vector{kShares, kSuperseded}));
}

TEST(Fold, TheEpochComesBeforeTheSequence) {
  Group group;
  group.Sent("p", 2, 0);
  group.Sent("p", 1, 9);
  group.Sent("p", 3, 0);
  EXPECT_EQ(group.Fold().rounds, (Rounds{{2}}));
  EXPECT_EQ(Fates(group.Fold()), (std::vector{kShares, kSuperseded, kShares}));
}

TEST(Fold, AnEqualSequenceMayWriteAgain) {
  Group group;
  group.Sent("p", 1, 5);
  group.Sent("p", 1, 5);
  EXPECT_EQ(group.Fold(DedupeMode::kOff).rounds, (Rounds{{1}}));
}

TEST(Fold, AnotherProducerIsAFurtherRound) {
  Group group;
  group.Sent("p", 0, 9);
  group.Sent("q", 0, 1);
  const FoldPlan plan = group.Fold();
  EXPECT_EQ(plan.rounds, (Rounds{{0}, {1}}));
  EXPECT_EQ(plan.membership[1].round, 1U);
}

TEST(Fold, OnlyKeysWithAChangeOfClassAreInTheSecondRound) {
  Group group;
  group.Sent("p", 0, 0, "b");
  group.Sent("p", 0, 1, "a");
  group.Sent("q", 0, 0, "a");
  group.Sent("p", 0, 2, "c");
  group.Sent("q", 0, 1, "c");
  const FoldPlan plan = group.Fold();
  EXPECT_EQ(plan.rounds, (Rounds{{1, 0, 3}, {2, 4}}));
  EXPECT_EQ(plan.membership[4].row, 1U);
}

TEST(Fold, ProducersTakingTurnsNeedTwoRoundsHoweverLong) {
  Group group;
  for (std::int64_t turn = 0; turn < 1000; ++turn) group.Sent(turn % 2 == 0 ? "p" : "q", 0, turn);
  const FoldPlan plan = group.Fold();
  EXPECT_EQ(plan.rounds, (Rounds{{998}, {999}}));
  EXPECT_EQ(plan.membership[998].round, 0U);
  EXPECT_EQ(plan.membership[0].round, 0U);
  EXPECT_EQ(plan.membership[1].round, 1U);
}

TEST(Fold, WithoutAProducerOrASequenceTheLaterArrivalWins) {
  Group group;
  group.Add("k");
  group.Add("k").producer = "p";
  group.Add("k").producer = "q";
  EXPECT_EQ(group.Fold(DedupeMode::kId).rounds, (Rounds{{2}}));
  EXPECT_EQ(Fates(group.Fold(DedupeMode::kId)), (std::vector{kShares, kShares, kShares}));
}

TEST(Fold, ASequenceBesideNoneOfTheSameProducerIsAnotherClass) {
  Group group;
  group.Sent("p", 0, 5);
  group.Add("k").producer = "p";
  group.Sent("p", 0, 3);
  EXPECT_EQ(group.Fold(DedupeMode::kOff).rounds, (Rounds{{1}, {2}}));
}

TEST(FoldVersions, TheHigherVersionWinsWhoeverSentIt) {
  Group group;
  group.Versioned(5);
  group.Versioned(9);
  group.Versioned(7);
  EXPECT_EQ(group.Fold().rounds, (Rounds{{1}}));
  EXPECT_EQ(Fates(group.Fold()), (std::vector{kShares, kShares, kSuperseded}));
}

TEST(FoldVersions, AnEqualVersionIsSupersededOutsideVersionStreams) {
  Group group;
  group.Versioned(5);
  group.Versioned(5);
  EXPECT_EQ(group.Fold(DedupeMode::kWindow).rounds, (Rounds{{0}}));
  EXPECT_EQ(Fates(group.Fold(DedupeMode::kWindow)), (std::vector{kShares, kSuperseded}));
}

TEST(FoldVersions, InVersionStreamsAnEqualVersionIsADuplicateOrAConflict) {
  Group group;
  group.Versioned(5, {1, 1});
  group.Versioned(5, {1, 1});
  group.Versioned(5, {2, 2});
  group.Versioned(4, {1, 1});
  const FoldPlan plan = group.Fold(DedupeMode::kVersion);
  EXPECT_EQ(plan.rounds, (Rounds{{0}}));
  EXPECT_EQ(Fates(plan),
            (std::vector{kShares, FoldFate::kDuplicate, FoldFate::kConflict, kSuperseded}));
}

TEST(FoldVersions, BehindAVersionNothingWithoutOneIsWritten) {
  Group group;
  group.Versioned(5);
  group.Sent("p", 0, 1);
  group.Add("k");
  group.Versioned(6);
  const FoldPlan plan = group.Fold();
  EXPECT_EQ(plan.rounds, (Rounds{{3}}));
  EXPECT_EQ(Fates(plan), (std::vector{kShares, kSuperseded, kSuperseded, kShares}));
}

TEST(FoldVersions, AVersionBehindNoneIsAFurtherRound) {
  Group group;
  group.Sent("p", 0, 1);
  group.Versioned(5);
  EXPECT_EQ(group.Fold().rounds, (Rounds{{0}, {1}}));
}

TEST(KeepEveryEvent, GivesEachEventARowInArrivalOrder) {
  const FoldPlan plan = KeepEveryEvent(3);
  EXPECT_EQ(plan.rounds, (std::vector<std::vector<std::uint32_t>>{{0, 1, 2}}));
  ASSERT_EQ(plan.membership.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(plan.membership[i].round, 0U);
    EXPECT_EQ(plan.membership[i].row, i);
    EXPECT_EQ(plan.membership[i].fate, FoldFate::kShares);
  }
}

enum class Shape : std::uint8_t { kDistinct, kSame, kAlternating };

/// The shortest of several times, so that a busy machine does not count.
double SecondsToFold(Shape shape, int events) {
  Group group;
  for (int i = 0; i < events; ++i) {
    const std::string number = std::to_string((i * 7919) % events);
    if (shape == Shape::kDistinct) group.Sent("producer", 0, i, "producer/0/" + number);
    if (shape == Shape::kSame) group.Sent("producer", 0, i);
    if (shape == Shape::kAlternating) group.Sent(i % 2 == 0 ? "p" : "q", 0, i);
  }
  std::chrono::duration<double> best = std::chrono::hours(1);
  for (int attempt = 0; attempt < 9; ++attempt) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(group.Fold().membership.size(), static_cast<std::size_t>(events));
    best = std::min<std::chrono::duration<double>>(best, std::chrono::steady_clock::now() - begun);
  }
  return best.count();
}

TEST(FoldSpeed, TenTimesTheEventsAreFarFromAHundredTimesTheWork) {
  for (const Shape shape : {Shape::kDistinct, Shape::kSame, Shape::kAlternating}) {
    EXPECT_LT(SecondsToFold(shape, 10'000), 40 * SecondsToFold(shape, 1'000));
  }
}

}  // namespace
}  // namespace oncegate
