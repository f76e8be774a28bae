// The answer for an event that goes to several sinks: each judges for itself, and the worst of
// their results is told. Pure functions.
#pragma once

#include "dedupe/types/verdict.h"

namespace oncegate {

/// How far a verdict is from "every sink has it": duplicate, applied, superseded, dead_lettered,
/// accepted, then the refusals, and retry above all, since a resend settles what can be settled. Of
/// the refusals those that are for good come first (invalid, rejected, too_old, conflict); gap is
/// worse, as what it asks for and a resend mend it; fenced is worse still, as it tells the producer
/// to stop.
int Severity(Verdict verdict);

/// The worse of two results for the same event. Of two equal verdicts that which is told more
/// carefully: an unverified duplicate, the lowest expected sequence, the highest epoch.
EventResult WorseOf(EventResult one, EventResult other);

}  // namespace oncegate
