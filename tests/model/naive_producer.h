// NaiveProducer: the rules of a window in the most obvious form, a std::set of every settled
// sequence and a floor. Slow on purpose, and sharing no code with dedupe/judge.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dedupe/judge/judge.h"
#include "dedupe/judge/lifecycle.h"

namespace oncegate {

class NaiveProducer {
 public:
  /// The runs of neighbouring sequences in `settled`, lowest first.
  static std::vector<SequenceRange> Runs(const std::set<std::int64_t>& settled);

  Judgement Judge(const JudgeRules& rules, const SequencedIdentity& identity);
  void Bump(BumpSequence sequence, const std::string& idempotency_key);
  void Seal(std::optional<std::int64_t> through);
  void Forget(std::optional<std::int64_t> through);
  void Expire();

  std::int64_t Highest() const;
  /// The state that dedupe/judge should hold now.
  ProducerState ToState() const;
  WindowReport Describe(std::size_t missing_max) const;
  bool known() const { return known_; }
  std::int64_t epoch() const { return epoch_; }

 private:
  Judgement JudgeWindow(const JudgeRules& rules, std::int64_t sequence);
  Judgement JudgeInEpoch(const JudgeRules& rules, const SequencedIdentity& identity);
  void EraseThrough(std::int64_t through);

  bool known_ = false;
  std::int64_t epoch_ = 0;
  std::int64_t floor_ = -1;
  std::set<std::int64_t> settled_;
  std::optional<BumpRecord> bump_;
};

}  // namespace oncegate
