// Redelivery: the one thread that delivers what no session answers for any more: what an earlier
// process left behind, and what a session could not deliver in time. It goes on until all of it is
// settled.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "sinks/webhook/courier.h"
#include "sinks/webhook/delivery_state.h"

namespace oncegate::webhook {

class Redelivery {
 public:
  /// `state` outlives the thread.
  explicit Redelivery(DeliveryState* state);
  /// Gives up the request under way, and ends the thread.
  ~Redelivery();
  Redelivery(const Redelivery&) = delete;
  Redelivery& operator=(const Redelivery&) = delete;

 private:
  void Run();
  /// False if something is left.
  bool DeliverOrphans();
  std::shared_ptr<Courier> OpenCourier();
  void WaitAfterFailure();

  DeliveryState* const state_;
  std::shared_ptr<sqlite::SessionSlot> slot_;  // Of the thread.

  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Courier> courier_;  // Guarded by mutex_; replaced by the thread alone.
  bool is_stopping_ = false;          // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace oncegate::webhook
