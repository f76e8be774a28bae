#include "tests/sim/accepted_events.h"

#include <algorithm>
#include <iterator>

namespace oncegate::sim {

bool AcceptedEvents::IsOrderKnown(const SimEvent& event) const {
  const SimStream& stream = world_->streams[event.stream];
  return stream.spec.ack == Acknowledgement::kJournal && IsSequenced(stream.spec.mode) &&
         stream.keys == KeySharing::kOwnKey &&
         // An entry comes back while another instance holds what comes before it.
         (stream.one_instance || stream.spec.mode == DedupeMode::kWindow);
}

void AcceptedEvents::OnArrived(const SimEvent& event, int instance) {
  if (!IsOrderKnown(event)) return;
  const auto line = pending_.find(LineOf(event, instance));
  const std::set<Uid> before = line == pending_.end() ? std::set<Uid>() : line->second;
  const auto [known, first] = predecessors_.try_emplace(event.uid, before);
  if (first) return;
  std::set<Uid> both;
  std::set_intersection(known->second.begin(), known->second.end(), before.begin(), before.end(),
                        std::inserter(both, both.end()));
  known->second = std::move(both);
}

void AcceptedEvents::OnAccepted(const SimEvent& event, int instance, std::uint64_t disturbances) {
  const Acceptance acceptance{disturbances, disturbances};
  accepted_.try_emplace(event.uid, acceptance).first->second.last = disturbances;
  if (IsOrderKnown(event) && !landed_.contains(event.uid)) {
    pending_[LineOf(event, instance)].insert(event.uid);
  }
}

std::optional<AcceptedEvents::Disorder> AcceptedEvents::OnLanded(const std::vector<Uid>& uids) {
  std::vector<Uid> fresh;
  for (const Uid uid : uids) {
    if (!landed_.insert(uid).second) continue;
    fresh.push_back(uid);
    for (auto& [line, pending] : pending_) pending.erase(uid);
  }
  for (const Uid uid : fresh) {
    const auto before = predecessors_.find(uid);
    if (before == predecessors_.end() || before->second.empty()) continue;
    // What an index believed of a sink that was put back let events in that the ledger refuses.
    const DedupeMode mode = world_->streams[world_->book.at(uid).stream].spec.mode;
    if (was_order_forgotten_ && mode != DedupeMode::kWindow) continue;
    world_->happenings.Count(Happening::kOrderSeen);
    for (const Uid earlier : before->second) {
      if (!landed_.contains(earlier)) return Disorder{uid, earlier};
    }
  }
  return std::nullopt;
}

void AcceptedEvents::ForgetOrder() {
  was_order_forgotten_ = true;
  pending_.clear();
  // An event that is on its way keeps its entry, so that it is not taken for one that arrives anew.
  for (auto& [uid, before] : predecessors_) before.clear();
}

}  // namespace oncegate::sim
