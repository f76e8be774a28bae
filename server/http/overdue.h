// What a client hears when the sink does not answer in time.
#pragma once

#include "server/http/message.h"

namespace oncegate {

/// 503 shortly after `deadline`, unless there is an answer by then; for calls that change nothing,
/// or that are safe to repeat.
void RespondWhenOverdue(const Responder& responder, SteadyTime deadline);

}  // namespace oncegate
