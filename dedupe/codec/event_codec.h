// The bytes of accepted events, as the journal keeps them until a sink has them (docs/format.md has
// the grammar). What carries them seals them; there is no checksum here.
//
// Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dedupe/types/event.h"
#include "dedupe/types/result.h"

namespace oncegate {

/// Event::index is not kept: a decoded event has its position in the entry.
std::string EncodeEvents(std::span<const Event> events);

/// The texts of the events view `bytes`. Bytes that do not parse are an error.
Result<std::vector<Event>> DecodeEvents(std::string_view bytes);

}  // namespace oncegate
