// The body of a replay or discard of dead letters. Pure.
#pragma once

#include <optional>

#include "server/http/json_body.h"
#include "server/http/message.h"
#include "server/ingest/control.h"

namespace oncegate {

/// Reads the body into *letters; the refusal (413, 415, 400) if it can not be.
std::optional<HttpResponse> ReadLetterRequest(const HttpRequest& request,
                                              std::size_t body_bytes_max, LetterRequest* letters);

}  // namespace oncegate
