#include "server/ingest/producer_bump.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "dedupe/judge/lifecycle.h"

namespace oncegate {

Token ProducerBump::RecordingRandom::NewToken() {
  tokens_.push_back(random_->NewToken());
  return tokens_.back();
}

bool ProducerBump::RecordingRandom::Gave(const Token& token) const {
  return std::find(tokens_.begin(), tokens_.end(), token) != tokens_.end();
}

ProducerBump::ProducerBump(const BumpRequest& request, Clock* clock, Random* random)
    : request_(request), clock_(clock), random_(random) {}

ControlResult<ProducerState> ProducerBump::Decide(const LockedProducer& locked) const {
  const ProducerState& state = locked.state;
  if (!state.known) {
    return ControlError{ControlErrorKind::kNotFound, "the stream knows no such producer",
                        std::nullopt};
  }
  if (state.epoch != request_.expected_epoch) {
    return ControlError{ControlErrorKind::kEpochMismatch,
                        "the producer's epoch is " + std::to_string(state.epoch.value) + ", not " +
                            std::to_string(request_.expected_epoch.value),
                        state.epoch};
  }
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
    const std::optional<BumpRecord>& last = locked.state.bump;
    if (!request_.idempotency_key.empty() && last &&
        last->idempotency_key == request_.idempotency_key) {
      LockedProducer then = locked;
      then.state.epoch = last->epoch;
      then.state.window = last->window;
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

}  // namespace oncegate
