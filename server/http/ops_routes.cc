#include "server/http/ops_routes.h"

#include <memory>
#include <utility>

#include "server/http/admin_handler.h"
#include "server/http/parameters.h"
#include "server/http/problem.h"

namespace oncegate {
namespace {

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

HttpResponse MakeText(std::string_view content_type, std::string body) {
  HttpResponse response;
  response.content_type = content_type;
  response.body = std::move(body);
  return response;
}

// A GET that has its answer at hand.
std::function<void(HttpRequest, Responder)> Answering(std::function<HttpResponse()> answer) {
  return [answer = std::move(answer)](const HttpRequest& request, const Responder& responder) {
    auto refusal = CheckParameters(request, {});
    responder->Respond(refusal ? std::move(*refusal) : answer());
  };
}

std::vector<Route> MakeHealthRoutes(const OpsRouteDependencies& dependencies) {
  return {
      {"GET", "/metrics",
       Answering([text = dependencies.metrics_text] { return MakeText(kMetricsType, text()); }),
       nullptr},
      {"GET", "/livez", Answering([] { return MakeJson(200, R"({"live":true})"); }), nullptr},
      {"GET", "/readyz",
       [readiness = dependencies.readiness](const HttpRequest& request,
                                            const Responder& responder) {
         auto refusal = CheckParameters(request, {"sink"});
         responder->Respond(refusal ? std::move(*refusal)
                                    : AnswerReadiness(readiness(), FindParameter(request, "sink")));
       },
       nullptr},
      {"GET", "/admin/v1/config",
       Answering([config = dependencies.config_json] { return MakeJson(200, config()); }), nullptr},
  };
}

using AdminCall = void (AdminHandler::*)(const HttpRequest&, const Responder&) const;

}  // namespace

std::vector<Route> MakeOpsRoutes(const OpsRouteDependencies& dependencies,
                                 const LimitsConfig& limits) {
  const auto admin =
      std::make_shared<AdminHandler>(dependencies.control, dependencies.clock, limits.body_bytes);
  const auto calling = [admin](AdminCall call) {
    return [admin, call](const HttpRequest& request, const Responder& responder) {
      ((*admin).*call)(request, responder);
    };
  };
  const auto stream_path = [admin](const HttpRequest& r) { return admin->CheckStreamPath(r); };
  std::vector<Route> routes = MakeHealthRoutes(dependencies);
  const std::vector<Route> admin_routes{
      {"GET", "/admin/v1/streams", calling(&AdminHandler::ListStreams), nullptr},
      {"GET", "/admin/v1/streams/{stream}/producers", calling(&AdminHandler::ListProducers),
       stream_path},
      {"POST", "/admin/v1/streams/{stream}/purge", calling(&AdminHandler::Purge), stream_path},
      {"GET", "/admin/v1/dead-letters", calling(&AdminHandler::ListDeadLetters), nullptr},
      {"POST", "/admin/v1/dead-letters/replay", calling(&AdminHandler::ReplayDeadLetters), nullptr},
      {"POST", "/admin/v1/dead-letters/discard", calling(&AdminHandler::DiscardDeadLetters),
       nullptr},
      {"GET", "/admin/v1/jobs/{id}", calling(&AdminHandler::ReadJob), nullptr},
      {"GET", "/admin/v1/sinks", calling(&AdminHandler::ListSinks), nullptr},
      {"POST", "/admin/v1/sinks/{sink}/pause", calling(&AdminHandler::PauseSink), nullptr},
      {"POST", "/admin/v1/sinks/{sink}/resume", calling(&AdminHandler::ResumeSink), nullptr},
  };
  routes.insert(routes.end(), admin_routes.begin(), admin_routes.end());
  return routes;
}

}  // namespace oncegate
