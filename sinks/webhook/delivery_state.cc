#include "sinks/webhook/delivery_state.h"

#include <limits>

#include "sinks/webhook/outbox.h"

namespace oncegate::webhook {

using Needs = sqlite::SessionSlot::Needs;

SinkResult<std::shared_ptr<sqlite::SessionSlot>> DeliveryState::OpenSlot() {
  SinkResult<std::shared_ptr<sqlite::SessionSlot>> slot =
      files.Open({settings.path, settings.busy_timeout});
  if (!slot) return slot;
  const auto start = (*slot)->Use(Needs::kNothing, [](sqlite::Database& database) {
    return EnsureOutbox(database.connection());
  });
  if (!start) return start.error();
  board.StartAt(*start);
  const auto orphan = FirstOrphan(**slot);
  if (!orphan) return orphan.error();
  if (*orphan) board.NoteOrphans();
  return slot;
}

SinkResult<std::optional<std::int64_t>> DeliveryState::FirstOrphan(
    sqlite::SessionSlot& slot) const {
  EntryRange rest{1, std::numeric_limits<std::int64_t>::max()};
  for (;;) {
    const SinkResult<std::optional<std::int64_t>> entry = slot.Use(
        Needs::kNothing,
        [&](sqlite::Database& database) { return FirstEntry(database.connection(), rest); });
    if (!entry || !*entry) return entry;
    const std::optional<EntryRange> owner = board.OwnerOf(**entry);
    if (!owner) return entry;
    rest.first = owner->last + 1;
  }
}

}  // namespace oncegate::webhook
