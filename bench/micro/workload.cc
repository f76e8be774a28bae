// oncegate_workload PHASE: a fixed piece of work without I/O, for counting instructions.
// oncegate_workload --list: the phases.
//
// Everything a phase needs is prepared first; what counts is what happens within Measured().
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <numeric>
#include <string_view>
#include <utility>

#include "bench/micro/inputs.h"
#include "dedupe/codec/state_codec.h"
#include "dedupe/judge/fold.h"
#include "dedupe/judge/judge.h"
#include "dedupe/types/check.h"
#include "server/ingest/group_judge.h"

namespace oncegate::bench {

using Work = std::function<void()>;

/// callgrind collects while this function runs. Never inlined or cloned, so that it is found by
/// its name.
[[gnu::noinline, gnu::noclone]] void Measured(const Work& work) { work(); }

namespace {

constexpr std::size_t kBodies = 16;

Work PrepareDecoding(BodyFormat format, std::string (*make_body)(const BodyShape&)) {
  std::vector<std::shared_ptr<Batch>> batches;
  for (std::size_t i = 0; i < kBodies; ++i) {
    batches.push_back(BatchOf(make_body({.producers = 7, .first_producer = i})));
  }
  return [format, batches = std::move(batches)] {
    for (const std::shared_ptr<Batch>& batch : batches) Decode(format, batch.get());
  };
}

Work PrepareNdjson() { return PrepareDecoding(BodyFormat::kNdjson, NdjsonBody); }
Work PrepareJsonArray() { return PrepareDecoding(BodyFormat::kJson, JsonArrayBody); }

void JudgeAll(const std::vector<std::int64_t>& sequences, Verdict expected, ProducerState* state) {
  for (const std::int64_t sequence : sequences) {
    CHECK(JudgeSequenced({}, {{}, {sequence}, {}}, state).verdict == expected);
  }
}

/// New in order, new in gaps that open and close, and seen before among many ranges.
Work PrepareJudging() {
  constexpr std::size_t kEvents = 100'000;
  constexpr std::size_t kDistance = 480;
  constexpr std::size_t kRanges = 256;
  std::vector<std::int64_t> in_order(kEvents);
  std::iota(in_order.begin(), in_order.end(), 0);
  std::vector<std::int64_t> overtaking(kEvents);
  std::generate(
      overtaking.begin(), overtaking.end(),
      [sequences = OvertakingSequences(kDistance)]() mutable { return sequences.Next(); });
  std::vector<std::int64_t> seen = Shuffled(kEvents);
  for (std::int64_t& sequence : seen) sequence = sequence % kRanges * 2;
  return [=] {
    ProducerState state;
    JudgeAll(in_order, Verdict::kApplied, &state);
    state = {};
    JudgeAll(overtaking, Verdict::kApplied, &state);
    state = GappedState(kRanges);
    JudgeAll(seen, Verdict::kDuplicate, &state);
  };
}

Work PrepareStates() {
  constexpr int kRounds = 2'000;
  std::vector<ProducerState> states;
  for (const std::size_t ranges : {1, 2, 16, 80, 256}) states.push_back(GappedState(ranges));
  return [states = std::move(states)] {
    for (int i = 0; i < kRounds; ++i) {
      for (const ProducerState& state : states) {
        CHECK(DecodeState(EncodeState(state)).has_value());
      }
    }
  };
}

Work PrepareFolding() {
  constexpr int kRounds = 10;
  auto distinct = std::make_shared<FoldInput>(FoldShape{});
  auto repeated = std::make_shared<FoldInput>(FoldShape{.keys = 400});
  auto versioned = std::make_shared<FoldInput>(FoldShape{.keys = 400, .versioned = true});
  return [=] {
    for (int i = 0; i < kRounds; ++i) {
      CHECK(FoldEvents(DedupeMode::kWindow, distinct->events()).rounds.size() == 1);
      CHECK(FoldEvents(DedupeMode::kWindow, repeated->events()).rounds.size() == 1);
      CHECK(FoldEvents(DedupeMode::kVersion, versioned->events()).rounds.size() == 1);
    }
  };
}

/// Builds and judges groups of few producers and of many.
Work PrepareGroups() {
  constexpr int kRounds = 10;
  std::vector<std::vector<Part>> groups;
  groups.push_back(Parts(8, {}));
  groups.push_back(Parts(8, {.producers = 500}));
  groups.push_back(Parts(256, {.records = 1}));
  return [groups = std::move(groups)] {
    const GroupJudge judge(nullptr);
    for (int i = 0; i < kRounds; ++i) {
      for (const std::vector<Part>& parts : groups) {
        Group group(parts);
        for (ProducerSlot& slot : group.slots) {
          CHECK(judge.JudgeSlot(&group, &slot).has_value() && slot.changed);
        }
      }
    }
  };
}

struct Phase {
  std::string_view name;
  Work (*prepare)();
};

constexpr std::array<Phase, 6> kPhases{{
    {"decode_ndjson", PrepareNdjson},
    {"decode_json_array", PrepareJsonArray},
    {"judge", PrepareJudging},
    {"state_codec", PrepareStates},
    {"fold", PrepareFolding},
    {"group", PrepareGroups},
}};

int Run(std::string_view argument) {
  for (const Phase& phase : kPhases) {
    if (argument == "--list") std::printf("%s\n", phase.name.data());
    if (argument != phase.name) continue;
    Measured(phase.prepare());
    return 0;
  }
  return argument == "--list" ? 0 : 2;
}

}  // namespace
}  // namespace oncegate::bench

int main(int count, char** arguments) {
  return oncegate::bench::Run(count == 2 ? arguments[1] : "");
}
