#include "server/http/admin_handler.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "server/http/control_answer.h"
#include "server/http/json_body.h"
#include "server/http/letter_body.h"
#include "server/http/overdue.h"
#include "server/http/parameters.h"
#include "server/http/purge_body.h"
#include "server/http/refuse_known.h"
#include "server/ingest/stream.h"

namespace oncegate {
namespace {

// The third segment of /admin/v1/{streams,sinks,jobs}/{name} names it.
constexpr std::size_t kNameSegment = 3;
constexpr std::int64_t kPageLimitMax = 1000;
// A purge works through up to 100,000 entries before it answers.
constexpr std::chrono::seconds kAdminTimeout{30};

std::optional<HttpResponse> ReadPage(const HttpRequest& request, Page* page) {
  if (const std::string* after = FindParameter(request, "after")) page->after = *after;
  const std::string* limit = FindParameter(request, "limit");
  if (limit == nullptr) return std::nullopt;
  const auto number = ParseNonNegative(*limit);
  if (!number || *number < 1 || *number > kPageLimitMax) {
    return Refuse(ProblemCode::kInvalidParameter, "limit must be an integer from 1 to 1000");
  }
  page->limit = static_cast<std::uint32_t>(*number);
  return std::nullopt;
}

std::optional<HttpResponse> ReadPlainPage(const HttpRequest& request, Page* page) {
  if (auto refusal = CheckParameters(request, {"after", "limit"})) return refusal;
  return ReadPage(request, page);
}

}  // namespace

AdminHandler::AdminHandler(Control* control, Clock* clock, std::size_t body_bytes_max)
    : control_(control), clock_(clock), body_bytes_max_(body_bytes_max) {}

std::optional<HttpResponse> AdminHandler::CheckStreamPath(const HttpRequest& request) const {
  if (IsValidStreamName(request.path[kNameSegment])) return std::nullopt;
  return Refuse(ProblemCode::kUnknownStream, "there is no stream of that name");
}

void AdminHandler::ListStreams(const HttpRequest& request, const Responder& responder) const {
  Page page;
  auto refusal = ReadPlainPage(request, &page);
  responder->Respond(refusal ? std::move(*refusal)
                             : AnswerListing("streams", control_->ListStreams(page), AppendStream));
}

void AdminHandler::ListSinks(const HttpRequest& request, const Responder& responder) const {
  Page page;
  auto refusal = ReadPlainPage(request, &page);
  responder->Respond(refusal ? std::move(*refusal)
                             : AnswerListing("sinks", control_->ListSinks(page), AppendSink));
}

void AdminHandler::ListProducers(const HttpRequest& request, const Responder& responder) const {
  ProducerQuery query;
  query.stream = request.path[kNameSegment];
  auto refusal = CheckParameters(request, {"prefix", "after", "limit"});
  if (!refusal) refusal = ReadPage(request, &query.page);
  if (refusal) {
    RefuseKnown(control_, clock_, {query.stream, ""}, std::move(*refusal), responder);
    return;
  }
  if (const std::string* prefix = FindParameter(request, "prefix")) query.prefix = *prefix;
  const SteadyTime deadline = clock_->Now() + kAdminTimeout;
  RespondWhenOverdue(responder, deadline);
  control_->ListProducers(
      query, deadline, [responder](const ControlResult<Listing<ProducerReport>>& listing) {
        responder->Respond(listing
                               ? AnswerListing("producers", *listing, AppendProducer)
                               : AnswerControlError(listing.error(), ProblemCode::kUnknownStream));
      });
}

void AdminHandler::Purge(const HttpRequest& request, const Responder& responder) const {
  PurgeRequest purge;
  purge.stream = request.path[kNameSegment];
  auto refusal = ReadPurge(request, body_bytes_max_, &purge);
  if (!refusal) refusal = CheckParameters(request, {});
  if (refusal) {
    RefuseKnown(control_, clock_, {purge.stream, ""}, std::move(*refusal), responder);
    return;
  }
  const SteadyTime deadline = clock_->Now() + kAdminTimeout;
  RespondWhenOverdue(responder, deadline);
  control_->Purge(purge, deadline, [responder](const ControlResult<PurgeReport>& report) {
    HttpResponse response = AnswerReport(report, ProblemCode::kUnknownStream, AppendPurge);
    if (report && report->job) response.status = 202;
    responder->Respond(std::move(response));
  });
}

void AdminHandler::ListDeadLetters(const HttpRequest& request, const Responder& responder) const {
  LetterQuery query;
  auto refusal = CheckParameters(request, {"stream", "after", "limit"});
  if (!refusal) refusal = ReadPage(request, &query.page);
  if (refusal) return responder->Respond(std::move(*refusal));
  if (const std::string* stream = FindParameter(request, "stream")) query.stream = *stream;
  const SteadyTime deadline = clock_->Now() + kAdminTimeout;
  RespondWhenOverdue(responder, deadline);
  control_->ListDeadLetters(
      query, deadline, [responder](const ControlResult<Listing<DeadLetter>>& listing) {
        responder->Respond(listing
                               ? AnswerListing("dead_letters", *listing, AppendLetter)
                               : AnswerControlError(listing.error(), ProblemCode::kUnknownStream));
      });
}

void AdminHandler::CallForLetters(const HttpRequest& request, const Responder& responder,
                                  LetterCall call,
                                  void (*append)(const LetterReport&, std::string*)) const {
  LetterRequest letters;
  auto refusal = ReadLetterRequest(request, body_bytes_max_, &letters);
  if (!refusal) refusal = CheckParameters(request, {});
  if (refusal) return responder->Respond(std::move(*refusal));
  const SteadyTime deadline = clock_->Now() + kAdminTimeout;
  RespondWhenOverdue(responder, deadline);
  (control_->*call)(letters, deadline,
                    [responder, append](const ControlResult<LetterReport>& report) {
                      responder->Respond(AnswerReport(report, ProblemCode::kUnknownStream, append));
                    });
}

void AdminHandler::ReplayDeadLetters(const HttpRequest& request, const Responder& responder) const {
  CallForLetters(request, responder, &Control::ReplayDeadLetters, AppendReplay);
}

void AdminHandler::DiscardDeadLetters(const HttpRequest& request,
                                      const Responder& responder) const {
  CallForLetters(request, responder, &Control::DiscardDeadLetters, AppendDiscard);
}

void AdminHandler::ReadJob(const HttpRequest& request, const Responder& responder) const {
  const ControlResult<JobReport> job = control_->ReadJob(request.path[kNameSegment]);
  auto refusal = CheckParameters(request, {});
  responder->Respond(refusal && job ? std::move(*refusal)
                                    : AnswerReport(job, ProblemCode::kUnknownJob, AppendJob));
}

std::optional<HttpResponse> AdminHandler::CheckSinkMutation(const HttpRequest& request) const {
  const std::vector<SinkReport> sinks = control_->ListSinks({"", kPageLimitMax}).items;
  const bool is_known = std::any_of(sinks.begin(), sinks.end(), [&](const SinkReport& sink) {
    return sink.sink == request.path[kNameSegment];
  });
  if (!is_known) return std::nullopt;  // 404, which outranks the rest.
  JsonBody body = ReadJsonBody(request, body_bytes_max_, {});
  if (body.refusal) return std::move(body.refusal);
  return CheckParameters(request, {});
}

void AdminHandler::PauseSink(const HttpRequest& request, const Responder& responder) const {
  auto refusal = CheckSinkMutation(request);
  responder->Respond(refusal ? std::move(*refusal)
                             : AnswerReport(control_->PauseSink(request.path[kNameSegment]),
                                            ProblemCode::kUnknownSink, AppendSink));
}

void AdminHandler::ResumeSink(const HttpRequest& request, const Responder& responder) const {
  auto refusal = CheckSinkMutation(request);
  responder->Respond(refusal ? std::move(*refusal)
                             : AnswerReport(control_->ResumeSink(request.path[kNameSegment]),
                                            ProblemCode::kUnknownSink, AppendSink));
}

}  // namespace oncegate
