#include "tests/model/naive_producer.h"

#include <algorithm>

#include "tests/support/sequence_max.h"

namespace oncegate {

std::vector<SequenceRange> NaiveProducer::Runs(const std::set<std::int64_t>& settled) {
  std::vector<SequenceRange> runs;
  for (const std::int64_t sequence : settled) {
    if (runs.empty() || runs.back().last != sequence - 1) runs.push_back({sequence, sequence});
    runs.back().last = sequence;
  }
  return runs;
}

Judgement NaiveProducer::Judge(const JudgeRules& rules, const SequencedIdentity& identity) {
  if (known_ && identity.epoch.value < epoch_) return {Verdict::kFenced, Code::kStaleEpoch, epoch_};
  NaiveProducer next = *this;
  if (!known_ || identity.epoch.value > epoch_) {
    next.known_ = true;
    next.epoch_ = identity.epoch.value;
    next.floor_ = -1;
    next.settled_.clear();
  }
  const Judgement judgement = next.JudgeInEpoch(rules, identity);
  if (judgement.verdict == Verdict::kApplied) *this = std::move(next);
  return judgement;
}

Judgement NaiveProducer::JudgeInEpoch(const JudgeRules& rules, const SequencedIdentity& identity) {
  const std::int64_t sequence = identity.sequence.value;
  const Judgement applied{Verdict::kApplied, Code::kApplied, -1};
  if (settled_.contains(sequence)) return {Verdict::kDuplicate, Code::kDuplicate, -1};
  if (sequence <= floor_) return {Verdict::kTooOld, Code::kBelowFloor, -1};
  if (rules.mode == DedupeMode::kWindow) return JudgeWindow(rules, sequence);
  if (rules.mode == DedupeMode::kStrict) {
    const std::int64_t expected = Highest() == kSequenceMax ? kSequenceMax : Highest() + 1;
    if (sequence != expected) return {Verdict::kGap, Code::kSequenceGap, expected};
    settled_.insert(sequence);
    return applied;
  }
  if (identity.after && *identity.after != Highest()) {
    return {Verdict::kGap, Code::kPredecessorNotSettled, -1};
  }
  settled_ = {sequence};
  floor_ = sequence - 1;
  return applied;
}

Judgement NaiveProducer::JudgeWindow(const JudgeRules& rules, std::int64_t sequence) {
  settled_.insert(sequence);
  std::vector<SequenceRange> runs = Runs(settled_);
  while (runs.size() > rules.ranges_max) {
    floor_ = runs.front().last;
    EraseThrough(floor_);
    runs.erase(runs.begin());
  }
  if (sequence <= floor_) return {Verdict::kTooOld, Code::kWindowFull, -1};
  return {Verdict::kApplied, Code::kApplied, -1};
}

void NaiveProducer::Bump(BumpSequence sequence, const std::string& idempotency_key) {
  ++epoch_;
  if (sequence == BumpSequence::kReset) {
    floor_ = -1;
    settled_.clear();
  }
  bump_.reset();
  if (!idempotency_key.empty()) {
    bump_ = BumpRecord{idempotency_key, Epoch{epoch_}, {.floor = floor_, .ranges = Runs(settled_)}};
  }
}

void NaiveProducer::Seal(std::optional<std::int64_t> through) {
  floor_ = std::max(floor_, through ? *through : Highest());
  EraseThrough(floor_);
}

void NaiveProducer::Forget(std::optional<std::int64_t> through) {
  if (!through || floor_ <= *through) floor_ = -1;
  EraseThrough(through.value_or(kSequenceMax));
}

void NaiveProducer::Expire() {
  floor_ = Highest();
  settled_.clear();
  bump_.reset();
}

std::int64_t NaiveProducer::Highest() const {
  return settled_.empty() ? floor_ : *settled_.rbegin();
}

ProducerState NaiveProducer::ToState() const {
  if (!known_) return {};
  return {.known = true,
          .epoch = Epoch{epoch_},
          .window = {.floor = floor_, .ranges = Runs(settled_)},
          .bump = bump_};
}

WindowReport NaiveProducer::Describe(std::size_t missing_max) const {
  WindowReport report;
  report.floor = floor_;
  report.highest_sequence = Highest();
  if (floor_ >= 0) report.contiguous_through = floor_;
  std::int64_t settled_through = floor_;
  bool has_gap = false;
  for (const std::int64_t sequence : settled_) {
    if (sequence != settled_through + 1) {
      has_gap = true;
      report.missing.push_back({settled_through + 1, sequence - 1});
    }
    settled_through = sequence;
    if (!has_gap) report.contiguous_through = sequence;
  }
  if (report.missing.size() > missing_max) report.missing.resize(missing_max);
  return report;
}

void NaiveProducer::EraseThrough(std::int64_t through) {
  settled_.erase(settled_.begin(), settled_.upper_bound(through));
}

}  // namespace oncegate
