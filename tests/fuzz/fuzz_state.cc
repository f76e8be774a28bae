// A state that decodes has that one encoding; what is judged on it keeps the invariant of Window,
// never makes a settled sequence new again, and leaves the state alone unless it applied.
#include <xxhash.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "dedupe/codec/state_codec.h"
#include "dedupe/judge/judge.h"
#include "dedupe/judge/lifecycle.h"
#include "dedupe/judge/range_set.h"
#include "dedupe/types/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/targets.h"

namespace oncegate::fuzz {
namespace {

constexpr std::int64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kStateBytesMax = 255;
constexpr int kStepsMax = 64;

/// With version byte and checksum around it, which no fuzzer would find.
std::string Seal(std::string_view body) {
  std::string bytes = std::string(1, '\x01').append(body);
  const XXH64_hash_t hash = XXH3_64bits(bytes.data(), bytes.size());
  for (int shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<char>((hash >> shift) & 0xff));
  }
  return bytes;
}

void CheckWindow(const Window& window) {
  CHECK(window.floor >= -1);
  std::int64_t settled_through = window.floor;
  bool is_first = true;
  for (const SequenceRange& range : window.ranges) {
    CHECK(range.first <= range.last && range.first > settled_through);
    // Adjacent ranges are one; only the first may touch what is below it, which is the floor.
    CHECK(is_first || range.first - 1 > settled_through);
    settled_through = range.last;
    is_first = false;
  }
}

void CheckState(const ProducerState& state) {
  CHECK(state.known && state.epoch.value >= 0);
  CheckWindow(state.window);
  if (state.bump) CheckWindow(state.bump->window);
  const std::string bytes = EncodeState(state);
  const auto again = DecodeState(bytes);
  CHECK(again && *again == state);
  const WindowReport report = DescribeWindow(state.window, 8);
  CHECK(report.highest_sequence == HighestSequence(state.window));
  for (const SequenceRange& gap : report.missing) {
    CHECK(gap.first <= gap.last && !ContainsSequence(state.window, gap.first));
    CHECK(!ContainsSequence(state.window, gap.last) && gap.first > report.floor);
  }
}

/// Near what the state holds, or anything.
std::int64_t Sequence(const ProducerState& state, Input* input) {
  const std::size_t choice = input->Below(8);
  const auto near = static_cast<std::int64_t>(input->Below(8)) - 4;
  std::int64_t base = HighestSequence(state.window);
  if (choice == 0) base = state.window.floor;
  if (choice == 1) base = static_cast<std::int64_t>(input->Number() >> 1);
  if (choice == 2 && !state.window.ranges.empty()) {
    const auto& ranges = state.window.ranges;
    base = ranges[input->Below(ranges.size())].first;
  }
  if (near > 0 && base > kSequenceMax - near) return kSequenceMax;
  return std::max<std::int64_t>(base + near, 0);
}

void JudgeOne(const JudgeRules& rules, ProducerState* state, Input* input) {
  const ProducerState before = *state;
  SequencedIdentity identity;
  identity.epoch = state->epoch;
  const std::size_t other_epoch = input->Below(8);
  if (other_epoch == 7 && identity.epoch.value < kSequenceMax) ++identity.epoch.value;
  if (other_epoch == 6 && identity.epoch.value > 0) --identity.epoch.value;
  identity.sequence = oncegate::Sequence{Sequence(*state, input)};
  if (input->Flag()) identity.after = Sequence(*state, input);
  const Judgement judgement = JudgeSequenced(rules, identity, state);
  if (judgement.verdict != Verdict::kApplied) {
    CHECK(*state == before);
    return;
  }
  CheckState(*state);
  CHECK(identity.epoch == state->epoch && before.epoch <= state->epoch);
  const std::int64_t sequence = identity.sequence.value;
  if (before.epoch == state->epoch) {
    CHECK(sequence > before.window.floor && !ContainsSequence(before.window, sequence));
    CHECK(state->window.floor >= before.window.floor);
    for (const SequenceRange& range : before.window.ranges) {
      for (const std::int64_t settled : {range.first, range.last}) {
        CHECK(settled <= state->window.floor || ContainsSequence(state->window, settled));
      }
    }
  }
  CHECK(ContainsSequence(state->window, sequence));
  ProducerState once_more = *state;
  CHECK(JudgeSequenced(rules, identity, &once_more).verdict == Verdict::kDuplicate);
}

void ChangeLife(ProducerState* state, Input* input) {
  const std::optional<std::int64_t> through =
      input->Flag() ? std::optional(Sequence(*state, input)) : std::nullopt;
  const ProducerState before = *state;
  switch (input->Below(4)) {
    case 0:
      if (before.epoch.value == kSequenceMax) return;
      *state = BumpEpoch(before, input->Flag() ? BumpSequence::kReset : BumpSequence::kContinue,
                         std::string(input->Text(9)));
      CHECK(state->epoch > before.epoch);
      return;
    case 1:
      *state = SealWindow(before, through);
      CHECK(state->window.floor >= before.window.floor && state->epoch == before.epoch);
      return;
    case 2:
      *state = ForgetWindow(before, through);
      CHECK(state->epoch == before.epoch);
      return;
    case 3:
      *state = Tombstone(before);
      CHECK(IsTombstone(*state) && state->epoch == before.epoch);
      CHECK(HighestSequence(state->window) == HighestSequence(before.window));
      return;
  }
}

}  // namespace

void FuzzState(std::string_view input) {
  static constexpr DedupeMode kModes[] = {DedupeMode::kWindow, DedupeMode::kStrict,
                                          DedupeMode::kMonotonic};
  if (DecodeState(input)) CHECK(EncodeState(*DecodeState(input)) == input);
  Input choices(input);
  const JudgeRules rules{kModes[choices.Below(3)], choices.Below(5) + 1};
  const std::string bytes = Seal(choices.Text(kStateBytesMax));
  Result<ProducerState> decoded = DecodeState(bytes);
  ProducerState state;
  if (decoded) {
    CHECK(EncodeState(*decoded) == bytes);
    state = *decoded;
    CheckState(state);
  }
  for (int step = 0; step < kStepsMax && !choices.empty(); ++step) {
    const bool is_event = !state.known || choices.Below(8) != 7;
    if (is_event) {
      JudgeOne(rules, &state, &choices);
    } else {
      ChangeLife(&state, &choices);
      CheckState(state);
    }
  }
}

}  // namespace oncegate::fuzz
