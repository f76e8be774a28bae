// Random walks of a producer through judging, bumps, purges and expiry, beside the naive model. The
// state goes through its bytes after every step, as if the process had been started again.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "dedupe/codec/state_codec.h"
#include "dedupe/judge/judge.h"
#include "dedupe/judge/lifecycle.h"
#include "dedupe/judge/range_set.h"
#include "tests/model/naive_producer.h"
#include "tests/model/seed.h"
#include "tests/support/sequence_max.h"

namespace oncegate {
namespace {

constexpr std::int64_t kDomain = 64;  // Small, so that sequences collide all the time.
constexpr int kSteps = 20'000;
constexpr std::size_t kMissingMax = 3;

struct Course {
  DedupeMode mode;
  std::size_t ranges_max;
  std::int64_t base;  // Sequences are base … base + 63.
};

class Walk {
 public:
  Walk(const Course& course, std::uint32_t seed)
      : rules_{.mode = course.mode, .ranges_max = course.ranges_max},
        base_(course.base),
        random_(seed) {}

  void Step() {
    const int choice = Below(100);
    if (!state_.known || choice < 86) {
      Send();
    } else if (choice < 89) {
      Bump();
    } else if (choice < 92) {
      Seal();
    } else if (choice < 95) {
      Forget();
    } else if (choice < 97) {
      state_ = Tombstone(state_);
      naive_.Expire();
      EXPECT_TRUE(IsTombstone(state_));
    } else if (choice < 99) {
      rules_.ranges_max = 1 + static_cast<std::size_t>(Below(8));
    } else {
      StartOver();
    }
    Reopen();
    Compare();
  }

  const std::map<Code, int>& seen() const { return seen_; }

 private:
  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  std::int64_t AnySequence() { return base_ + Below(static_cast<int>(kDomain)); }

  /// Half of the time near the end of the window, where most of what is interesting happens.
  std::int64_t LikelySequence() {
    const std::int64_t highest = naive_.Highest();
    if (Below(2) == 0 || highest < base_ || highest > base_ + kDomain - 5) return AnySequence();
    return std::max(base_, highest - 2) + Below(5);
  }

  std::optional<std::int64_t> Through() {
    return Below(3) == 0 ? std::nullopt : std::optional(AnySequence());
  }

  void Send() {
    SequencedIdentity identity{Epoch{naive_.epoch()}, Sequence{LikelySequence()}, std::nullopt};
    if (Below(20) == 0) identity.epoch.value += 1 + Below(2);
    if (Below(20) == 0 && identity.epoch.value > 0) identity.epoch.value -= 1;
    // Strict epochs begin at 0; with a base near the end they would never leave the gap.
    if (rules_.mode == DedupeMode::kStrict && Below(4) == 0) identity.sequence.value = Below(3);
    if (Below(3) == 0) identity.after = Below(2) == 0 ? naive_.Highest() : AnySequence();

    const ProducerState before = state_;
    const Judgement expected = naive_.Judge(rules_, identity);
    const Judgement judgement = JudgeSequenced(rules_, identity, &state_);
    ASSERT_EQ(ToString(judgement.verdict), ToString(expected.verdict));
    ASSERT_EQ(ToString(judgement.code), ToString(expected.code));
    ASSERT_EQ(judgement.hint, expected.hint);
    if (judgement.verdict != Verdict::kApplied) {
      ASSERT_EQ(state_, before);
    }
    ++seen_[judgement.code];
    CheckPromise(judgement.verdict, identity, before);
  }

  /// What no cap, floor or mode may ever break: applied once, and a duplicate only of an applied
  /// one.
  void CheckPromise(Verdict verdict, const SequencedIdentity& identity,
                    const ProducerState& before) {
    const std::int64_t sequence = identity.sequence.value;
    if (verdict == Verdict::kApplied) {
      if (!before.known || identity.epoch > before.epoch) applied_.clear();
      ASSERT_TRUE(applied_.insert(sequence).second) << sequence << " is applied twice";
    } else if (verdict == Verdict::kDuplicate) {
      ASSERT_TRUE(applied_.contains(sequence)) << sequence << " is a false duplicate";
    }
  }

  void Bump() {
    const BumpSequence sequence = Below(2) == 0 ? BumpSequence::kContinue : BumpSequence::kReset;
    const std::string key = Below(2) == 0 ? std::string() : "bump-" + std::to_string(Below(1000));
    state_ = BumpEpoch(state_, sequence, key);
    naive_.Bump(sequence, key);
    if (sequence == BumpSequence::kReset) applied_.clear();
  }

  void Seal() {
    const std::optional<std::int64_t> through = Through();
    state_ = SealWindow(state_, through);
    naive_.Seal(through);
  }

  void Forget() {
    const bool is_partial = rules_.mode == DedupeMode::kWindow;
    const std::optional<std::int64_t> through = is_partial ? Through() : std::nullopt;
    state_ = ForgetWindow(state_, through);
    naive_.Forget(through);
    applied_.erase(applied_.begin(), applied_.upper_bound(through.value_or(kSequenceMax)));
  }

  void StartOver() {
    state_ = {};
    naive_ = {};
    applied_.clear();
  }

  void Reopen() {
    if (!state_.known) return;
    const Result<ProducerState> reopened = DecodeState(EncodeState(state_));
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    ASSERT_EQ(*reopened, state_);
    state_ = *reopened;
  }

  void Compare() const {
    const ProducerState expected = naive_.ToState();
    ASSERT_EQ(state_.known, expected.known);
    ASSERT_EQ(state_.epoch, expected.epoch);
    ASSERT_EQ(state_.window.floor, expected.window.floor);
    ASSERT_EQ(state_.window.ranges, expected.window.ranges);
    ASSERT_EQ(state_.bump, expected.bump);
    const WindowReport told = DescribeWindow(state_.window, kMissingMax);
    const WindowReport true_report = naive_.Describe(kMissingMax);
    ASSERT_EQ(told.contiguous_through, true_report.contiguous_through);
    ASSERT_EQ(told.highest_sequence, true_report.highest_sequence);
    ASSERT_EQ(told.missing, true_report.missing);
    ASSERT_EQ(told.floor, true_report.floor);
  }

  JudgeRules rules_;
  std::int64_t base_;
  std::mt19937 random_;
  ProducerState state_;
  NaiveProducer naive_;
  std::set<std::int64_t> applied_;  // Since the last reset or forget of them.
  std::map<Code, int> seen_;
};

/// Walks every cap at both ends of the sequence numbers; every code of `wanted` has to come up.
void WalkAll(DedupeMode mode, const std::set<Code>& wanted) {
  const std::uint32_t seed = TestSeed();
  std::mt19937 seeds(seed);
  std::set<Code> seen;
  for (const std::int64_t base : {std::int64_t{0}, kSequenceMax - kDomain + 1}) {
    for (const std::size_t ranges_max : {1U, 2U, 3U, 5U, 256U}) {
      Walk walk({mode, ranges_max, base}, seeds());
      for (int step = 0; step < kSteps; ++step) {
        walk.Step();
        ASSERT_FALSE(::testing::Test::HasFailure())
            << "seed " << seed << ", base " << base << ", ranges " << ranges_max << ", step "
            << step;
      }
      for (const auto& [code, count] : walk.seen()) seen.insert(code);
    }
  }
  EXPECT_EQ(seen, wanted);
}

TEST(WindowModel, WindowStreamsAgreeWithASetOfSequences) {
  WalkAll(DedupeMode::kWindow, {Code::kApplied, Code::kDuplicate, Code::kBelowFloor,
                                Code::kWindowFull, Code::kStaleEpoch});
}

TEST(WindowModel, StrictStreamsAgreeWithASetOfSequences) {
  WalkAll(DedupeMode::kStrict, {Code::kApplied, Code::kDuplicate, Code::kBelowFloor,
                                Code::kSequenceGap, Code::kStaleEpoch});
}

TEST(WindowModel, MonotonicStreamsAgreeWithASetOfSequences) {
  WalkAll(DedupeMode::kMonotonic, {Code::kApplied, Code::kDuplicate, Code::kBelowFloor,
                                   Code::kPredecessorNotSettled, Code::kStaleEpoch});
}

}  // namespace
}  // namespace oncegate
