#include "tests/unit/server/http/fake_ingest.h"

#include <utility>

#include "dedupe/types/check.h"
#include "server/http/ascii.h"
#include "server/http/uri.h"

namespace oncegate::testing {
namespace {

class KeepingSlot final : public ResponseSlot {
 public:
  explicit KeepingSlot(std::shared_ptr<Answer> answer) : answer_(std::move(answer)) {}
  void Respond(HttpResponse response) override {
    if (!answer_->response) answer_->response = std::move(response);
  }
  void RespondLater(std::function<HttpResponse()> build) override { Respond(build()); }
  void WhenOverdue(SteadyTime deadline, std::function<void()> action) override {
    answer_->overdue_deadline = deadline;
    answer_->overdue_action = std::move(action);
  }

 private:
  std::shared_ptr<Answer> answer_;
};

}  // namespace

EventResult Judged(Verdict verdict, Code code, std::int64_t hint) {
  EventResult result;
  result.verdict = verdict;
  result.code = code;
  result.hint = hint;
  return result;
}

FakeDoor::FakeDoor()
    : judge([](const Event&) { return Judged(Verdict::kApplied, Code::kApplied); }) {}

StreamSpec& FakeDoor::Add(const std::string& name, DedupeMode mode) {
  auto spec = std::make_shared<StreamSpec>();
  spec->name = name;
  spec->mode = mode;
  streams_[name] = spec;
  return *spec;
}

FoundStream FakeDoor::FindStream(std::string_view name) {
  const auto found = streams_.find(name);
  if (found == streams_.end()) return {};
  return {StreamLookup::kFound, found->second};
}

FoundStream FakeDoor::ResolveStream(std::string_view name) {
  if (FoundStream found = FindStream(name); found.stream) return found;
  if (unknown_streams != StreamLookup::kFound) return {unknown_streams, nullptr};
  Add(std::string(name), DedupeMode::kWindow);
  return FindStream(name);
}

SubmitOutcome FakeDoor::Submit(std::shared_ptr<Batch> batch) {
  last = batch;
  if (outcome != SubmitOutcome::kAdmitted) return outcome;
  if (!judge) {
    batch->ExpectParts(1);
    return outcome;
  }
  if (batch->events.empty()) {
    batch->Expire(Code::kAtomicAborted);
    return outcome;
  }
  batch->ExpectParts(1);
  std::vector<IndexedResult> results;
  for (const Event& event : batch->events) results.push_back({event.index, judge(event)});
  batch->FinishPart(results);
  return outcome;
}

void FakeControl::ReadProducer(const std::string& stream, const std::string& name, SteadyTime,
                               ControlCallback<ProducerReport> done) {
  if (hangs) {
    kept.push_back(std::move(done));
    return;
  }
  producer.stream = stream;
  producer.producer = name;
  done(error ? ControlResult<ProducerReport>(*error) : ControlResult<ProducerReport>(producer));
}

void FakeControl::Bump(const BumpRequest& request, SteadyTime,
                       ControlCallback<ProducerReport> done) {
  bumped = request;
  done(error ? ControlResult<ProducerReport>(*error) : ControlResult<ProducerReport>(producer));
}

void FakeControl::ListProducers(const ProducerQuery& query, SteadyTime,
                                ControlCallback<Listing<ProducerReport>> done) {
  listed = query;
  Listing<ProducerReport> listing;
  listing.items = {producer, producer};
  listing.next = "pos-2";
  if (error) {
    done(*error);
  } else {
    done(std::move(listing));
  }
}

void FakeControl::Purge(const PurgeRequest& request, SteadyTime,
                        ControlCallback<PurgeReport> done) {
  purged = request;
  done(error ? ControlResult<PurgeReport>(*error) : ControlResult<PurgeReport>(purge));
}

void FakeControl::ListDeadLetters(const LetterQuery& query, SteadyTime,
                                  ControlCallback<Listing<DeadLetter>> done) {
  letters_listed = query;
  Listing<DeadLetter> listing{letters, std::nullopt};
  if (error) {
    done(*error);
  } else {
    done(std::move(listing));
  }
}

void FakeControl::ReplayDeadLetters(const LetterRequest& request, SteadyTime,
                                    ControlCallback<LetterReport> done) {
  replayed = request;
  done(error ? ControlResult<LetterReport>(*error) : ControlResult<LetterReport>(letter_report));
}

void FakeControl::DiscardDeadLetters(const LetterRequest& request, SteadyTime,
                                     ControlCallback<LetterReport> done) {
  discarded = request;
  done(error ? ControlResult<LetterReport>(*error) : ControlResult<LetterReport>(letter_report));
}

ControlResult<JobReport> FakeControl::ReadJob(const std::string& job) {
  if (error) return *error;
  return JobReport{job, JobState::kFailed, 10, 20, "the sink is gone"};
}

Listing<StreamReport> FakeControl::ListStreams(const Page& the_page) {
  page = the_page;
  return {{{"orders", {"main", "search"}, "orders", "window", "document", "sink", true}},
          std::nullopt};
}

Listing<SinkReport> FakeControl::ListSinks(const Page& the_page) {
  page = the_page;
  return {{{"main", "sqlite", SinkState::kDown, 1, 5, "disk \"full\""}}, "main"};
}

ControlResult<SinkReport> FakeControl::PauseSink(const std::string& sink) {
  toggled.push_back("pause " + sink);
  if (error) return *error;
  return SinkReport{sink, "sqlite", SinkState::kPaused, 1, 0, ""};
}

ControlResult<SinkReport> FakeControl::ResumeSink(const std::string& sink) {
  toggled.push_back("resume " + sink);
  if (error) return *error;
  return SinkReport{sink, "sqlite", SinkState::kUp, 1, 0, ""};
}

std::shared_ptr<Answer> Send(Router* router, const TestRequest& test) {
  auto answer = std::make_shared<Answer>();
  HttpRequest request;
  request.method = test.method;
  request.target = test.target;
  auto target = ParseTarget(test.target);
  CHECK(target.has_value());
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  for (const auto& [name, value] : test.headers) request.headers.Add(name, value);
  request.body = test.body;
  Admission admission = router->Admit(&request);
  CHECK(admission.observer != nullptr);
  if (admission.refusal) {
    answer->response = std::move(admission.refusal);
  } else {
    router->Handle(std::move(request), std::make_shared<KeepingSlot>(answer));
  }
  return answer;
}

HttpResponse Ask(Router* router, const TestRequest& request) {
  const auto answer = Send(router, request);
  CHECK(answer->response.has_value());
  return *answer->response;
}

std::string HeaderOf(const HttpResponse& response, std::string_view name) {
  for (const HttpHeader& header : response.headers) {
    if (EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return "";
}

}  // namespace oncegate::testing
