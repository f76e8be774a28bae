// Ingest as the handlers see it, steered by a test: for answers that a real engine gives only in
// rare moments (a full queue, a hung sink).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/message.h"
#include "server/http/observer.h"
#include "server/http/router.h"
#include "server/ingest/control.h"
#include "server/ingest/ingest.h"

namespace oncegate::testing {

class SteadyTestClock final : public Clock {
 public:
  SteadyTime Now() override { return now; }
  WallTime Wall() override { return {}; }
  SteadyTime now = SteadyTime() + std::chrono::hours(1);
};

class NullHttpObserver final : public HttpObserver {
 public:
  HttpRouteObserver& ForRoute(std::string_view) override { return route_; }
  void OnRejected(std::string_view) override {}
  void OnConnectionOpened() override {}
  void OnConnectionClosed() override {}

 private:
  class NullRoute final : public HttpRouteObserver {
    void OnDone(const HttpExchange&) override {}
  };
  NullRoute route_;
};

class FakeDoor final : public IngestDoor {
 public:
  FakeDoor();
  FoundStream ResolveStream(std::string_view name) override;
  FoundStream FindStream(std::string_view name) override;
  bool HasRoom(const StreamSpec&, std::size_t) const override { return has_room; }
  SubmitOutcome Submit(std::shared_ptr<Batch> batch) override;

  StreamSpec& Add(const std::string& name, DedupeMode mode);

  StreamLookup unknown_streams = StreamLookup::kFound;
  SubmitOutcome outcome = SubmitOutcome::kAdmitted;
  bool has_room = true;
  /// Decides each event; default: all applied. Empty function: the batch is never completed.
  std::function<EventResult(const Event&)> judge;
  std::shared_ptr<Batch> last;

 private:
  std::map<std::string, std::shared_ptr<StreamSpec>, std::less<>> streams_;
};

EventResult Judged(Verdict verdict, Code code, std::int64_t hint = -1);

class FakeControl final : public Control {
 public:
  void ReadProducer(const std::string& stream, const std::string& producer, SteadyTime deadline,
                    ControlCallback<ProducerReport> done) override;
  void Bump(const BumpRequest& request, SteadyTime deadline,
            ControlCallback<ProducerReport> done) override;
  void ListProducers(const ProducerQuery& query, SteadyTime deadline,
                     ControlCallback<Listing<ProducerReport>> done) override;
  void Purge(const PurgeRequest& request, SteadyTime deadline,
             ControlCallback<PurgeReport> done) override;
  void ListDeadLetters(const LetterQuery& query, SteadyTime deadline,
                       ControlCallback<Listing<DeadLetter>> done) override;
  void ReplayDeadLetters(const LetterRequest& request, SteadyTime deadline,
                         ControlCallback<LetterReport> done) override;
  void DiscardDeadLetters(const LetterRequest& request, SteadyTime deadline,
                          ControlCallback<LetterReport> done) override;
  ControlResult<JobReport> ReadJob(const std::string& job) override;
  Listing<StreamReport> ListStreams(const Page& page) override;
  Listing<SinkReport> ListSinks(const Page& page) override;
  ControlResult<SinkReport> PauseSink(const std::string& sink) override;
  ControlResult<SinkReport> ResumeSink(const std::string& sink) override;

  std::optional<ControlError> error;  // Set: the answer to everything that can fail.
  bool hangs = false;                 // True: callbacks are kept and never called.
  ProducerReport producer;
  PurgeReport purge;
  std::optional<BumpRequest> bumped;
  std::optional<PurgeRequest> purged;
  std::optional<ProducerQuery> listed;
  std::vector<DeadLetter> letters;
  LetterReport letter_report;
  std::optional<LetterQuery> letters_listed;
  std::optional<LetterRequest> replayed;
  std::optional<LetterRequest> discarded;
  std::optional<Page> page;
  std::vector<std::string> toggled;
  std::vector<ControlCallback<ProducerReport>> kept;
};

struct TestRequest {
  std::string method = "GET";
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// An answer slot that keeps what it is given.
struct Answer {
  std::optional<HttpResponse> response;
  std::function<void()> overdue_action;
  SteadyTime overdue_deadline;
};

/// Sends a request through a router, as a connection would, without one.
std::shared_ptr<Answer> Send(Router* router, const TestRequest& request);
/// The same for requests that are answered at once.
HttpResponse Ask(Router* router, const TestRequest& request);

std::string HeaderOf(const HttpResponse& response, std::string_view name);

}  // namespace oncegate::testing
