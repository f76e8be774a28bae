#include "server/ingest/producer_bump.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "dedupe/judge/lifecycle.h"

namespace oncegate {
namespace {

ControlError UnknownProducer() {
  return {ControlErrorKind::kNotFound, "the stream knows no such producer", std::nullopt};
}

ControlError Mismatch(const BumpRequest& request, Epoch epoch) {
  return {ControlErrorKind::kEpochMismatch,
          "the producer's epoch is " + std::to_string(epoch.value) + ", not " +
              std::to_string(request.expected_epoch.value),
          epoch};
}

/// This very bump was the last one of the row.
bool IsDone(const BumpRequest& request, const ProducerState& state) {
  return state.known && !request.idempotency_key.empty() && state.bump &&
         state.bump->idempotency_key == request.idempotency_key;
}

}  // namespace

Token ProducerBump::RecordingRandom::NewToken() {
  tokens_.push_back(random_->NewToken());
  return tokens_.back();
}

bool ProducerBump::RecordingRandom::Gave(const Token& token) const {
  return std::find(tokens_.begin(), tokens_.end(), token) != tokens_.end();
}

ProducerBump::ProducerBump(const BumpRequest& request, Clock* clock, Random* random,
                           bool several_sinks)
    : request_(request), several_sinks_(several_sinks), clock_(clock), random_(random) {}

ControlResult<ProducerState> ProducerBump::Decide(const LockedProducer& locked) const {
  ProducerState state = locked.state;
  const bool is_behind = !state.known || (request_.sequence == BumpSequence::kReset &&
                                          state.epoch < request_.expected_epoch);
  if (several_sinks_ && is_behind) {
    // Nothing of the expected epoch is settled here.
    state = ProducerState{};
    state.known = true;
    state.epoch = request_.expected_epoch;
  }
  if (!state.known) return UnknownProducer();
  if (state.epoch != request_.expected_epoch) return Mismatch(request_, state.epoch);
  if (state.epoch.value == std::numeric_limits<std::int64_t>::max()) {
    return ControlError{ControlErrorKind::kBadRequest, "there is no higher epoch", state.epoch};
  }
  return BumpEpoch(state, request_.sequence, request_.idempotency_key);
}

SinkResult<ControlResult<LockedProducer>> ProducerBump::Run(SinkSession* session) {
  const WallTime now = clock_->Wall();
  std::optional<ControlResult<LockedProducer>> answer;
  const auto edit = [&](const std::string&,
                        const LockedProducer& locked) -> std::optional<ProducerState> {
    if (locked.state.known && random_.Gave(locked.token)) {
      answer = locked;
      return std::nullopt;
    }
    if (IsDone(request_, locked.state)) {
      const BumpRecord& last = *locked.state.bump;
      LockedProducer then = locked;
      then.state.epoch = last.epoch;
      then.state.window = last.window;
      answer = std::move(then);
      return std::nullopt;
    }
    ControlResult<ProducerState> decided = Decide(locked);
    if (!decided) {
      answer = ControlResult<LockedProducer>(decided.error());
      return std::nullopt;
    }
    answer = LockedProducer{*decided, Token{}, now};
    return *decided;
  };
  const SinkResult<EditReport> edited =
      EditLedger(session, request_.stream, std::span(&request_.producer, 1), now, &random_, edit);
  if (!edited) return edited.error();
  return std::move(*answer);
}

std::optional<ControlError> RefuseBump(const BumpRequest& request,
                                       std::span<const LockedProducer> rows) {
  if (rows.size() == 1) return std::nullopt;
  bool is_known = false;
  bool is_done_somewhere = false;
  bool is_behind = false;
  Epoch highest;
  for (const LockedProducer& row : rows) {
    if (!row.state.known) continue;
    is_known = true;
    if (IsDone(request, row.state)) {
      is_done_somewhere = true;
      continue;
    }
    highest = std::max(highest, row.state.epoch);
    is_behind = is_behind || row.state.epoch < request.expected_epoch;
  }
  if (!is_known) return UnknownProducer();
  const bool is_expected =
      highest == request.expected_epoch || (is_done_somewhere && highest < request.expected_epoch);
  if (!is_expected) return Mismatch(request, highest);
  if (is_behind && request.sequence == BumpSequence::kContinue) {
    ControlError refusal = Mismatch(request, highest);
    refusal.message =
        "a sink of the stream has a lower epoch, in which there is nothing to continue; bump with "
        "the sequence reset";
    return refusal;
  }
  return std::nullopt;
}

}  // namespace oncegate
