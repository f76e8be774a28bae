#include "server/http/refuse_known.h"

#include <chrono>
#include <memory>
#include <utility>

#include "server/http/control_answer.h"

namespace oncegate {
namespace {

constexpr std::chrono::seconds kLookUpTimeout{1};

}  // namespace

void RefuseKnown(Control* control, Clock* clock, const NamedProducer& named, HttpResponse refusal,
                 const Responder& responder) {
  const auto kept = std::make_shared<const HttpResponse>(std::move(refusal));
  const SteadyTime deadline = clock->Now() + kLookUpTimeout;
  // An owning pointer would keep the slot from noticing that everybody else has dropped it.
  responder->WhenOverdue(deadline, [slot = std::weak_ptr<ResponseSlot>(responder), kept] {
    if (const Responder to = slot.lock()) to->Respond(*kept);
  });
  control->ReadProducer(
      named.stream, named.producer, deadline,
      [responder, kept,
       of_stream = named.producer.empty()](const ControlResult<ProducerReport>& result) {
        const bool is_unknown =
            !result && (result.error().kind == ControlErrorKind::kUnknownStream ||
                        (result.error().kind == ControlErrorKind::kNotFound && !of_stream));
        responder->Respond(
            is_unknown ? AnswerControlError(result.error(), ProblemCode::kUnknownProducer) : *kept);
      });
}

}  // namespace oncegate
