#include "server/http/overdue.h"

#include <memory>

#include "server/http/problem.h"

namespace oncegate {

void RespondWhenOverdue(const Responder& responder, SteadyTime deadline) {
  // An owning pointer would keep the slot from noticing that everybody else has dropped it.
  responder->WhenOverdue(deadline, [slot = std::weak_ptr<ResponseSlot>(responder)] {
    if (const Responder to = slot.lock()) {
      to->Respond(Refuse(ProblemCode::kUnavailable, "the sink did not answer in time"));
    }
  });
}

}  // namespace oncegate
