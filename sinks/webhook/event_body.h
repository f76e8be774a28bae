// The JSON object that stands for one event in a request. Pure.
#pragma once

#include <string>
#include <string_view>

#include "sinks/sink.h"

namespace oncegate::webhook {

/// {"type", "timestamp", "id", "stream", "op", …, "data"}; `data` holds the value byte for byte as
/// it was sent, null for a delete. docs/sinks/webhook.md has the members.
std::string EventBody(const StreamTarget& target, const Event& event, std::string_view message_id,
                      WallTime frozen_at);

}  // namespace oncegate::webhook
