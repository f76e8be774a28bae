// The state of a producer, and its epoch.
//
// Thread-safe; called on io threads.
#pragma once

#include <cstddef>
#include <optional>

#include "server/http/message.h"
#include "server/ingest/control.h"
#include "server/ingest/ingest.h"

namespace oncegate {

class ProducerHandler {
 public:
  struct Dependencies {
    IngestDoor* door = nullptr;
    Control* control = nullptr;
    Clock* clock = nullptr;
  };
  ProducerHandler(const Dependencies& dependencies, std::size_t body_bytes_max);

  /// 404 for names that no stream or producer can have.
  std::optional<HttpResponse> CheckPath(const HttpRequest& request) const;
  /// GET /v1/streams/{stream}/producers/{producer}
  void Read(const HttpRequest& request, const Responder& responder) const;
  /// POST /v1/streams/{stream}/producers/{producer}/epoch
  void Bump(const HttpRequest& request, const Responder& responder) const;

 private:
  SteadyTime DeadlineFor(const std::string& stream) const;

  Dependencies dependencies_;
  std::size_t body_bytes_max_;
};

}  // namespace oncegate
