#include "server/cli/sender.h"

#include <algorithm>
#include <random>
#include <thread>

#include "server/cli/retry_pause.h"

namespace oncegate {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kStopPoll{50};

/// Waits between the attempts of one batch.
class Backoff {
 public:
  Backoff(milliseconds limit, const std::atomic<bool>* stop)
      : deadline_(SteadyClock::now() + limit), stop_(stop) {}

  /// False if no further attempt is due: out of time, or stopped.
  bool Wait(std::optional<std::chrono::seconds> retry_after) {
    const milliseconds pause = pause_.Next(retry_after);
    const auto until = SteadyClock::now() + pause;
    if (until > deadline_) return false;
    while (SteadyClock::now() < until) {
      if (stop_->load()) return false;
      std::this_thread::sleep_for(std::min(kStopPoll, pause));
    }
    return !stop_->load();
  }

 private:
  const SteadyClock::time_point deadline_;
  const std::atomic<bool>* const stop_;
  RetryPause pause_{std::random_device{}()};
};

}  // namespace

Result<ResumePoint> AskResumePoint(const SendTarget& target, std::uint64_t record,
                                   SendTotals* totals) {
  HttpClient client(target.address, target.timeout);
  HttpCall call;
  call.method = "GET";
  call.target = "/v1/streams/" + PercentEncode(target.stream) + "/producers/" +
                PercentEncode(target.producer);
  const std::atomic<bool> never = false;
  Backoff backoff(target.retry_for, &never);
  for (;;) {
    const auto answer = client.Send(call);
    std::string trouble;
    if (answer.has_error()) {
      trouble = answer.error().message;
    } else if (answer->status == 200 || answer->status == 404) {
      return InterpretProducer(*answer, target.first_sequence + static_cast<std::int64_t>(record));
    } else {
      const SendAnswer read = InterpretAnswer(*answer, 0);
      trouble = read.detail;
      if (answer->status < 500 && answer->status != 429 && answer->status != 408) {
        return Error{trouble};
      }
    }
    totals->AddRetry(trouble);
    if (!backoff.Wait(answer.has_error() ? std::nullopt : answer->retry_after))
      return Error{trouble};
  }
}

Sender::Sender(SendTarget target, std::unique_ptr<BatchSource> source, SendTotals* totals,
               std::atomic<bool>* stop)
    : target_(std::move(target)), source_(std::move(source)), totals_(totals), stop_(stop) {}

void Sender::Work() {
  HttpClient client(target_.address, target_.timeout);
  while (!stop_->load()) {
    const auto batch = source_->Next();
    if (batch.has_error()) {
      totals_->AddProblem(batch.error().message);
      stop_->store(true);
      return;
    }
    if (!batch->has_value()) return;
    SendBatchUntilFinal(**batch, &client);
  }
}

HttpCall Sender::ToCall(const SendBatch& batch) const {
  HttpCall call;
  call.method = "POST";
  call.target = "/v1/streams/" + PercentEncode(target_.stream) + "/events";
  call.content_type = "application/x-ndjson";
  call.body = batch.text;
  if (target_.producer.empty()) return call;
  call.producer = target_.producer;
  call.epoch = target_.epoch;
  call.sequence = target_.first_sequence + static_cast<std::int64_t>(batch.first_record);
  return call;
}

void Sender::SendBatchUntilFinal(const SendBatch& batch, HttpClient* client) {
  const HttpCall call = ToCall(batch);
  Backoff backoff(target_.retry_for, stop_);
  for (;;) {
    const auto answer = client->Send(call);
    SendAnswer read;
    if (answer.has_error()) {
      read.detail = answer.error().message;
    } else {
      read = InterpretAnswer(*answer, batch.records);
      totals_->AddAnswer(read, batch.first_record);
    }
    if (read.decision == SendDecision::kHopeless) {
      totals_->AddProblem(read.detail);
      stop_->store(true);
    } else if (read.decision == SendDecision::kRetry) {
      totals_->AddRetry(read.detail);
      if (backoff.Wait(answer.has_error() ? std::nullopt : answer->retry_after)) continue;
      totals_->AddProblem("given up: " + read.detail);
    }
    totals_->AddBatch(batch.records, read.settled);
    return;
  }
}

}  // namespace oncegate
