#include "server/http/pending_answer.h"

#include <utility>

#include "server/http/connection.h"
#include "server/http/problem.h"

namespace oncegate {

PendingAnswer::PendingAnswer(std::weak_ptr<Connection> connection, std::shared_ptr<Mailbox> mailbox,
                             std::uint64_t exchange)
    : connection_(std::move(connection)), mailbox_(std::move(mailbox)), exchange_(exchange) {}

PendingAnswer::~PendingAnswer() {
  if (answered_.load()) return;
  Respond(Refuse(ProblemCode::kInternalError, "the request was dropped; nothing is known of it"));
}

void PendingAnswer::Respond(HttpResponse response) {
  if (answered_.exchange(true)) return;
  mailbox_->Put({connection_, exchange_, std::move(response)});
}

void PendingAnswer::RespondLater(std::function<HttpResponse()> build) {
  if (answered_.exchange(true)) return;
  mailbox_->Put({connection_, exchange_, std::move(build)});
}

void PendingAnswer::WhenOverdue(SteadyTime deadline, std::function<void()> action) {
  if (const auto connection = connection_.lock()) {
    connection->SetOverdue(deadline, std::move(action));
  }
}

}  // namespace oncegate
