// One event as one line of JSON. Pure.
#pragma once

#include <string>

#include "dedupe/types/event.h"

namespace oncegate::files {

/// Appends an object and a line feed. Every line has the members key, op, value, producer, epoch,
/// seq, id, version, event_time and applied_at, in this order; what the event does not carry is
/// null. `value` is as it was sent, digit by digit, but for line breaks between its tokens.
void AppendEventLine(const Event& event, WallTime applied_at, std::string* out);

}  // namespace oncegate::files
