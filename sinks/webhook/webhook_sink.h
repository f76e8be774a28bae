// The webhook sink: events are POSTed to an HTTP receiver, from a transactional outbox.
//
// Its settings, what it guarantees and what it asks of the receiver: docs/sinks/webhook.md.
#pragma once

#include "sinks/registry.h"

namespace oncegate {

extern const SinkType kWebhookSinkType;

}  // namespace oncegate
