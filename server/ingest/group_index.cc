// What a finished group teaches the index: states by token, fingerprints, ids.
#include <utility>

#include "server/ingest/group_commit.h"

namespace oncegate {

void GroupCommit::UpdateIndex(const Group& group) {
  IndexUpdate update;
  update.written_at = now_;
  for (const ProducerSlot& slot : group.slots) {
    const bool learned = !slot.changed && slot.found && !slot.lineage_holds;
    if (!slot.changed && !learned) continue;
    update.producers.push_back({slot.IndexKey(),
                                {slot.changed ? slot.new_token : slot.token,
                                 slot.changed ? slot.state : slot.ledger, slot.generation}});
    if (slot.changed && slot.stream->spec.fingerprints && !slot.settled_here.empty()) {
      update.fingerprints.push_back(
          {{slot.IndexKey(), slot.generation, slot.state.epoch}, slot.settled_here});
    }
    if (slot.changed) slot.stream->observer->OnWindowRanges(slot.state.window.ranges.size());
    if (slot.changed && !slot.found) {
      slot.stream->observer->SetProducers(slot.stream->producers.fetch_add(1) + 1);
    }
  }
  for (const IdsOfStream& claimed : ids_) {
    std::uint64_t fresh = 0;
    for (std::size_t i = 0; i < claimed.outcomes.size(); ++i) {
      const IdClaim& claim = claimed.ids.claims[i];
      const IdOutcome& outcome = claimed.outcomes[i];
      if (outcome.fresh) ++fresh;
      if (!outcome.fresh && claim.believed_seen) continue;
      update.ids.push_back({IndexNameOf(claimed.stream->spec), claim.id,
                            outcome.fresh ? claim.fingerprint : outcome.stored,
                            outcome.fresh ? now_ : outcome.committed_at});
    }
    if (fresh != 0) {
      claimed.stream->observer->SetIds(claimed.stream->ids.fetch_add(fresh) + fresh);
    }
  }
  for (const auto& [stream, fresh] : letters_) {
    stream->observer->SetDeadLetters(stream->dead_letters.fetch_add(fresh) + fresh);
  }
  if (update.producers.empty() && update.ids.empty()) return;
  const SteadyTime begun = clock_->Now();
  const Status written = index_->Write(update);
  store_observer_->OnWrite(clock_->Now() - begun);
  if (written) return;
  store_observer_->OnError();
  logger_->Log(LogLevel::kError,
               "The index could not be written; it is reopened before more is judged",
               {{"error", std::string_view(written.error().message)}});
}

}  // namespace oncegate
