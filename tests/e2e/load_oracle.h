// The comparison of what clients were told with what the sink holds, for an audited table (see
// SinkSite::Audit):
//
//   (A) every event that was answered as settled is in the sink,
//   (B) every event was written once at most,
//   (C) a row that several events share holds the highest sequence or version.
#pragma once

#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/sink_site.h"

namespace oncegate::e2e {

/// (A) to (C) for what is settled so far. No service may be writing meanwhile.
void ExpectNothingSettledIsLost(const Load& load, SinkSite* sink, const std::string& table);

/// (A) to (C) for a finished load: all of its events are settled, and the table holds them and
/// nothing else of its producers.
void ExpectEveryEventOnce(const Load& load, SinkSite* sink, const std::string& table);

/// (A) and (B) for what is settled so far, told by the rows of a table that keeps every event.
void ExpectSettledEventsAreOneRowEach(const Load& load, SinkSite* sink, const std::string& table);

/// The same for a finished load: all of its events are settled, and the table holds each of them
/// as one row, and nothing else of its producers.
void ExpectEveryEventIsOneRow(const Load& load, SinkSite* sink, const std::string& table);

}  // namespace oncegate::e2e
