// Refusals behind a 404: of requests that name what only the ledger knows.
#pragma once

#include <string>

#include "server/http/message.h"
#include "server/ingest/control.h"

namespace oncegate {

/// What a refused request is about.
struct NamedProducer {
  std::string stream;
  std::string producer;  // Empty: it is about the stream alone.
};

/// Answers 404 if there is no such stream or producer, else `refusal`; while the sink can not tell,
/// `refusal` after a second. Only from within Handle, on its thread.
void RefuseKnown(Control* control, Clock* clock, const NamedProducer& named, HttpResponse refusal,
                 const Responder& responder);

}  // namespace oncegate
