// The situations that every version must get right, as far as judging alone decides them. Unless a
// test says otherwise: a window stream, epoch 3, settled through 10.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dedupe/judge/fold.h"
#include "dedupe/judge/judge.h"
#include "dedupe/judge/lifecycle.h"

namespace oncegate {
namespace {

constexpr Fingerprint kX{1, 1};
constexpr Fingerprint kY{2, 2};

/// A producer's state with the fingerprints of what was applied, as a lane keeps them.
class Stream {
 public:
  explicit Stream(DedupeMode mode = DedupeMode::kWindow) : rules_{.mode = mode, .ranges_max = 256} {
    state_ = {.known = true,
              .epoch = Epoch{3},
              .window = {.floor = -1, .ranges = {{0, 10}}},
              .bump = std::nullopt};
  }

  Verdict Send(std::int64_t sequence, Fingerprint payload = kX) {
    return SendIn(3, sequence, payload);
  }

  Verdict SendIn(std::int64_t epoch, std::int64_t sequence, Fingerprint payload = kX) {
    last_ = JudgeSequenced(rules_, {Epoch{epoch}, Sequence{sequence}, std::nullopt}, &state_);
    const std::pair identity{epoch, sequence};
    if (last_.verdict == Verdict::kApplied) payloads_[identity] = payload;
    if (last_.verdict != Verdict::kDuplicate) return last_.verdict;
    const auto known = payloads_.find(identity);
    return CheckDuplicate(payload,
                          known == payloads_.end() ? std::nullopt : std::optional(known->second))
        .verdict;
  }

  std::int64_t hint() const { return last_.hint; }
  ProducerState& state() { return state_; }

 private:
  JudgeRules rules_;
  ProducerState state_;
  Judgement last_;
  std::map<std::pair<std::int64_t, std::int64_t>, Fingerprint> payloads_;
};

/// One key's row behind the row guard of version streams, with a version in it or none.
class VersionedRow {
 public:
  Verdict Send(std::uint64_t version, Operation operation = Operation::kUpsert) {
    Event event;
    event.key = "k";
    event.version = Version{0, version};
    event.operation = operation;
    // The stored row takes part as if it had come first in the group.
    std::vector<const Event*> events;
    if (stored_.version) events.push_back(&stored_);
    events.push_back(&event);
    const FoldPlan plan = FoldEvents(DedupeMode::kVersion, events);
    const bool written = plan.rounds[0][0] == events.size() - 1;
    if (written) stored_ = event;
    return written ? Verdict::kApplied : Verdict::kSuperseded;
  }
  bool is_present() const { return stored_.operation == Operation::kUpsert; }

 private:
  Event stored_;
};

TEST(Scenario01, AnAnswerThatWasLostIsADuplicateOnResend) {
  Stream stream;
  EXPECT_EQ(stream.Send(11), Verdict::kApplied);
  EXPECT_EQ(stream.Send(11), Verdict::kDuplicate);
}

TEST(Scenario02, ArrivalsInReverseAreAllAppliedIntoOneRange) {
  Stream stream;
  for (const std::int64_t sequence : {13, 12, 11}) {
    EXPECT_EQ(stream.Send(sequence), Verdict::kApplied);
  }
  EXPECT_EQ(stream.state().window, (Window{.floor = -1, .ranges = {{0, 13}}}));
}

TEST(Scenario03, AFirstArrivalBelowTheHighestIsApplied) {
  Stream stream;
  EXPECT_EQ(stream.Send(20), Verdict::kApplied);
  EXPECT_EQ(stream.Send(15), Verdict::kApplied);
}

TEST(Scenario04, InAStrictStreamAGapNamesTheExpectedAndWhatFollowsIsAGapToo) {
  Stream stream(DedupeMode::kStrict);
  for (const std::int64_t sequence : {12, 13, 14}) {
    EXPECT_EQ(stream.Send(sequence), Verdict::kGap);
    EXPECT_EQ(stream.hint(), 11);
  }
  EXPECT_EQ(stream.state().window, (Window{.floor = -1, .ranges = {{0, 10}}}));
}

TEST(Scenario05, ASettledSequenceWithAnotherPayloadIsAConflict) {
  Stream stream;
  EXPECT_EQ(stream.Send(11, kX), Verdict::kApplied);
  EXPECT_EQ(stream.Send(11, kY), Verdict::kConflict);
  EXPECT_EQ(stream.Send(11, kX), Verdict::kDuplicate);
}

TEST(Scenario10, TheOlderEpochIsFencedWithNewAndWithOldSequences) {
  Stream stream;
  EXPECT_EQ(stream.SendIn(4, 0), Verdict::kApplied);
  for (const std::int64_t sequence : {11, 5}) {
    EXPECT_EQ(stream.SendIn(3, sequence), Verdict::kFenced);
    EXPECT_EQ(stream.hint(), 4);
  }
}

TEST(Scenario12, AProducerThatLostItsStateMeetsConflictsAndNoSilence) {
  Stream stream;
  EXPECT_EQ(stream.SendIn(4, 0, kX), Verdict::kApplied);
  EXPECT_EQ(stream.SendIn(4, 1, kX), Verdict::kApplied);
  EXPECT_EQ(stream.SendIn(4, 0, kY), Verdict::kConflict);
  EXPECT_EQ(stream.SendIn(4, 1, kY), Verdict::kConflict);
}

TEST(Scenario13, AnExpiredProducerGoesOnAboveItsTombstone) {
  Stream stream;
  stream.state() = Tombstone(stream.state());
  EXPECT_EQ(stream.Send(9), Verdict::kTooOld);
  EXPECT_EQ(stream.Send(10), Verdict::kTooOld);
  EXPECT_EQ(stream.SendIn(2, 11), Verdict::kFenced);
  EXPECT_EQ(stream.Send(11), Verdict::kApplied);
}

TEST(Scenario13, AStrictProducerGoesOnWithItsNextSequence) {
  Stream stream(DedupeMode::kStrict);
  stream.state() = Tombstone(stream.state());
  EXPECT_EQ(stream.Send(12), Verdict::kGap);
  EXPECT_EQ(stream.Send(11), Verdict::kApplied);
}

TEST(Scenario14, TheRangeBeyondTheCapRaisesTheFloorAndTheRestStaysExact) {
  Stream stream;
  // The first range is [0,10]; these make 256.
  for (std::int64_t i = 1; i <= 255; ++i) EXPECT_EQ(stream.Send(20 + 2 * i), Verdict::kApplied);
  EXPECT_EQ(stream.state().window.floor, -1);
  EXPECT_EQ(stream.Send(1000), Verdict::kApplied);
  EXPECT_EQ(stream.state().window.ranges.size(), 256U);
  EXPECT_EQ(stream.state().window.floor, 10);
  EXPECT_EQ(stream.Send(5), Verdict::kTooOld);
  EXPECT_EQ(stream.Send(22), Verdict::kDuplicate);
  EXPECT_EQ(stream.Send(1000), Verdict::kDuplicate);
  EXPECT_EQ(stream.Send(23), Verdict::kApplied);
  EXPECT_EQ(stream.Send(15), Verdict::kApplied) << "joining 22-24 made room for one range";
}

TEST(Scenario15, ABatchIsJudgedInOrder) {
  Stream stream;
  stream.Send(11, kX);
  EXPECT_EQ(stream.Send(11, kX), Verdict::kDuplicate);
  EXPECT_EQ(stream.Send(12, kX), Verdict::kApplied);
  EXPECT_EQ(stream.Send(12, kY), Verdict::kConflict);
  EXPECT_EQ(stream.Send(14, kX), Verdict::kApplied);
}

TEST(Scenario18, KeysThatDifferInCaseOrByASpaceAreDifferentRows) {
  std::vector<Event> events(3);
  events[0].key = "k ";
  events[1].key = "K";
  events[2].key = "k";
  const std::vector<const Event*> group{&events[0], &events[1], &events[2]};
  EXPECT_EQ(FoldEvents(DedupeMode::kId, group).rounds,
            (std::vector<std::vector<std::uint32_t>>{{1, 2, 0}}));
}

/// The operation that ends up in the row when one producer sends `operations` with these sequences.
Operation LastOperation(const std::vector<std::pair<Operation, std::int64_t>>& operations) {
  std::vector<Event> events(operations.size());
  std::vector<const Event*> group;
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].producer = "p";
    events[i].key = "k";
    events[i].operation = operations[i].first;
    events[i].sequence = Sequence{operations[i].second};
    group.push_back(&events[i]);
  }
  const FoldPlan plan = FoldEvents(DedupeMode::kWindow, group);
  EXPECT_EQ(plan.rounds.size(), 1U);
  EXPECT_EQ(plan.rounds[0].size(), 1U);
  return events[plan.rounds[0][0]].operation;
}

TEST(Scenario19, EventsOfOneKeyInOneGroupEndAsOneRow) {
  constexpr Operation kUpsert = Operation::kUpsert;
  constexpr Operation kDelete = Operation::kDelete;
  EXPECT_EQ(LastOperation({{kUpsert, 1}, {kDelete, 2}}), kDelete);
  EXPECT_EQ(LastOperation({{kDelete, 1}, {kUpsert, 2}}), kUpsert);
  EXPECT_EQ(LastOperation({{kDelete, 2}, {kUpsert, 1}}), kDelete) << "they overtook each other";
  EXPECT_EQ(LastOperation({{kDelete, 1}, {kDelete, 2}, {kDelete, 3}, {kDelete, 4}, {kUpsert, 5}}),
            kUpsert);
}

TEST(Scenario20, VersionsDecideWhateverTheOrderOfArrival) {
  VersionedRow row;
  EXPECT_EQ(row.Send(10), Verdict::kApplied);
  EXPECT_EQ(row.Send(20, Operation::kDelete), Verdict::kApplied);
  EXPECT_EQ(row.Send(15), Verdict::kSuperseded);
  EXPECT_FALSE(row.is_present());
  EXPECT_EQ(row.Send(30), Verdict::kApplied);
  EXPECT_TRUE(row.is_present());
}

}  // namespace
}  // namespace oncegate
