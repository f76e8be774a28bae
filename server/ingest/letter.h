// Dead letters as ingest makes and reads them: an event and the reason why it has no row. Pure.
#pragma once

#include "dedupe/types/dedupe_mode.h"
#include "dedupe/types/event.h"
#include "dedupe/types/verdict.h"
#include "sinks/dead_letter.h"

namespace oncegate {

/// Why an event can not become a row.
struct LetterReason {
  Verdict verdict = Verdict::kRejected;
  Code code = Code::kSinkRejected;
  std::string detail;
};

/// The same event of the same stream makes a letter of the same id.
DeadLetter MakeLetter(std::string_view stream, DedupeMode mode, const Event& event,
                      const LetterReason& reason, WallTime now);

/// Views the letter's text; without a fingerprint.
Event EventOf(const DeadLetter& letter);

/// The part of a letter's id that names its stream; empty if it names none.
std::string_view StreamOfLetter(std::string_view letter_id);

}  // namespace oncegate
