// One request and its answer, while a connection works on it. Internal to the server.
#pragma once

#include <optional>

#include "server/http/byte_budget.h"
#include "server/http/connection.h"
#include "server/http/observer.h"
#include "server/http/problem.h"
#include "server/http/uri.h"

namespace oncegate {

struct Connection::Exchange {
  explicit Exchange(ServerContext* server) : observer(server->malformed), memory(&server->bodies) {}

  /// The connection is closed behind the answer: nobody can tell where the next request begins, or
  /// nobody wants to read up to there.
  void Refuse(ProblemCode code, std::string_view detail) {
    response = oncegate::Refuse(code, detail);
    keep_alive = false;
  }

  RequestHead head;
  HttpRequest request;
  std::string request_id;
  std::string_view method = "other";  // For the observer: a constant.
  bool answers_head = false;
  bool keep_alive = true;
  /// Bytes of the body that were not taken from the connection; the answer does not depend on them.
  std::uint64_t unread_body_bytes = 0;
  HttpRouteObserver* observer;
  SteadyTime started;
  ByteLease memory;
  std::optional<HttpResponse> response;
};

}  // namespace oncegate
