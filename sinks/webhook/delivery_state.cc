#include "sinks/webhook/delivery_state.h"

#include "sinks/webhook/outbox.h"

namespace oncegate::webhook {

SinkResult<std::shared_ptr<sqlite::SessionSlot>> DeliveryState::OpenSlot() {
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot =
      files.Open({settings.path, settings.busy_timeout});
  if (!slot) return slot;
  const auto start =
      (*slot)->Use(sqlite::SessionSlot::Needs::kNothing,
                   [](sqlite::Database& database) { return EnsureOutbox(database.connection()); });
  if (!start) return start.error();
  board.StartAt(*start);
  return slot;
}

}  // namespace oncegate::webhook
