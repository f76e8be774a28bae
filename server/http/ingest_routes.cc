#include "server/http/ingest_routes.h"

#include <memory>
#include <utility>

#include "server/http/events_handler.h"
#include "server/http/openapi.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"
#include "server/http/producer_handler.h"

namespace oncegate {
namespace {

void AnswerConstant(const HttpRequest& request, const Responder& responder, HttpResponse response) {
  auto refusal = CheckParameters(request, {});
  responder->Respond(refusal ? std::move(*refusal) : std::move(response));
}

void AnswerVersion(const HttpRequest& request, const Responder& responder) {
  std::string body;
  JsonObject object(&body);
  object.String("name", "oncegate");
  object.String("version", ONCEGATE_VERSION);
  object.Close();
  AnswerConstant(request, responder, MakeJson(200, std::move(body)));
}

void AnswerOpenApi(const HttpRequest& request, const Responder& responder) {
  HttpResponse response;
  response.content_type = "application/yaml";  // RFC 9512.
  response.body = OpenApiDocument();
  AnswerConstant(request, responder, std::move(response));
}

}  // namespace

std::vector<Route> MakeIngestRoutes(const IngestRouteDependencies& dependencies,
                                    const LimitsConfig& limits) {
  const auto events = std::make_shared<EventsHandler>(
      EventsHandler::Dependencies{dependencies.door, dependencies.clock}, limits);
  const auto producers = std::make_shared<ProducerHandler>(
      ProducerHandler::Dependencies{dependencies.door, dependencies.control, dependencies.clock},
      limits.body_bytes);
  const auto event_path = [events](const HttpRequest& r) { return events->CheckPath(r); };
  const auto producer_path = [producers](const HttpRequest& r) { return producers->CheckPath(r); };
  return {
      {"POST", "/v1/streams/{stream}/events",
       [events](HttpRequest r, const Responder& to) { events->Handle(std::move(r), to); },
       event_path},
      {"GET", "/v1/streams/{stream}/producers/{producer}",
       [producers](const HttpRequest& r, const Responder& to) { producers->Read(r, to); },
       producer_path},
      {"POST", "/v1/streams/{stream}/producers/{producer}/epoch",
       [producers](const HttpRequest& r, const Responder& to) { producers->Bump(r, to); },
       producer_path},
      {"GET", "/openapi.yaml", AnswerOpenApi, nullptr},
      {"GET", "/v1/version", AnswerVersion, nullptr},
  };
}

}  // namespace oncegate
