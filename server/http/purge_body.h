// The body of a purge request. Pure.
#pragma once

#include <optional>
#include <string>

#include "server/http/json_body.h"
#include "server/http/message.h"
#include "server/ingest/control.h"

namespace oncegate {

/// Reads the body into *purge (its stream excepted); the refusal (413, 415, 400) if it can not be.
std::optional<HttpResponse> ReadPurge(const HttpRequest& request, std::size_t body_bytes_max,
                                      PurgeRequest* purge);

}  // namespace oncegate
