// POST /v1/streams/{stream}/events: from a request to a submitted batch, in the order in which the
// contract has refusals come: 413, 415, 429, 400, records. (404 and what is known from the head
// alone come before the body is read.)
//
// Thread-safe; called on io threads.
#pragma once

#include <cstddef>
#include <optional>

#include "server/config/config.h"
#include "server/decode/decode.h"
#include "server/http/event_options.h"
#include "server/http/message.h"
#include "server/ingest/ingest.h"

namespace oncegate {

class EventsHandler {
 public:
  struct Dependencies {
    IngestDoor* door = nullptr;
    Clock* clock = nullptr;
  };
  EventsHandler(const Dependencies& dependencies, const LimitsConfig& limits);

  /// 404 for a name that no stream has or may get.
  std::optional<HttpResponse> CheckPath(const HttpRequest& request) const;
  void Handle(HttpRequest request, const Responder& responder) const;

 private:
  struct Posting;
  std::optional<HttpResponse> Prepare(HttpRequest* request, Posting* posting) const;
  std::optional<HttpResponse> Decode(const Posting& posting) const;
  std::optional<HttpResponse> CheckAtomic(const Batch& batch) const;
  std::optional<HttpResponse> Submit(const Posting& posting, const Responder& responder) const;

  Dependencies dependencies_;
  DecodeLimits decode_limits_;
  std::size_t body_bytes_max_;
  std::size_t group_events_max_;
  std::size_t group_bytes_max_;
};

}  // namespace oncegate
