// The server's ResponseSlot: carries an answer from any thread to the connection that waits for it.
// Internal to the server.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "server/http/message.h"
#include "server/http/worker.h"

namespace oncegate {

class PendingAnswer final : public ResponseSlot {
 public:
  PendingAnswer(std::weak_ptr<Connection> connection, std::shared_ptr<Mailbox> mailbox,
                std::uint64_t exchange);
  ~PendingAnswer() override;

  void Respond(HttpResponse response) override;
  void RespondLater(std::function<HttpResponse()> build) override;
  void WhenOverdue(SteadyTime deadline, std::function<void()> action) override;

 private:
  std::weak_ptr<Connection> connection_;
  std::shared_ptr<Mailbox> mailbox_;
  std::uint64_t exchange_;
  std::atomic<bool> answered_{false};
};

}  // namespace oncegate
