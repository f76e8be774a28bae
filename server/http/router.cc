#include "server/http/router.h"

#include <algorithm>
#include <utility>

#include "server/http/problem.h"

namespace oncegate {
namespace {

std::vector<std::string_view> SplitPattern(std::string_view pattern) {
  std::vector<std::string_view> segments;
  pattern.remove_prefix(1);
  while (true) {
    const std::size_t slash = pattern.find('/');
    segments.push_back(pattern.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    pattern.remove_prefix(slash + 1);
  }
}

bool Serves(const Route& route, std::string_view method) {
  return route.method == method || (method == "HEAD" && route.method == "GET");
}

}  // namespace

Router::Router(std::vector<Route> routes, HttpObserver* observer)
    : unmatched_(&observer->ForRoute("unmatched")) {
  for (Route& route : routes) {
    Entry entry{std::move(route), {}, nullptr};
    entry.segments = SplitPattern(entry.route.pattern);
    entry.observer = &observer->ForRoute(entry.route.pattern);
    entries_.push_back(std::move(entry));
  }
}

bool Router::Matches(const Entry& entry, const std::vector<std::string>& path) {
  return std::equal(entry.segments.begin(), entry.segments.end(), path.begin(), path.end(),
                    [](std::string_view pattern, const std::string& segment) {
                      return pattern.starts_with('{') ? !segment.empty() : pattern == segment;
                    });
}

std::string Router::AllowedMethods(const std::vector<std::string>& path) const {
  std::string allowed;
  for (const Entry& entry : entries_) {
    if (!Matches(entry, path)) continue;
    allowed += entry.route.method;
    allowed += entry.route.method == "GET" ? ", HEAD, " : ", ";
  }
  return allowed + "OPTIONS";
}

Admission Router::Admit(HttpRequest* request) {
  const Entry* on_path = nullptr;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (!Matches(entry, request->path)) continue;
    if (on_path == nullptr && entry.route.check_path) {
      if (auto refusal = entry.route.check_path(*request)) return {refusal, entry.observer};
    }
    on_path = &entry;
    if (!Serves(entry.route, request->method)) continue;
    request->route = i;
    return {std::nullopt, entry.observer};
  }
  if (on_path == nullptr) {
    return {Refuse(ProblemCode::kNotFound, "there is nothing at this path"), unmatched_};
  }
  HttpResponse response;
  if (request->method == "OPTIONS") {
    response.status = 204;
  } else {
    response = Refuse(ProblemCode::kMethodNotAllowed, "the method is not allowed at this path");
  }
  response.headers.push_back({"Allow", AllowedMethods(request->path)});
  return {std::move(response), on_path->observer};
}

void Router::Handle(HttpRequest request, Responder responder) {
  const Entry& entry = entries_[request.route];
  entry.route.handle(std::move(request), std::move(responder));
}

}  // namespace oncegate
