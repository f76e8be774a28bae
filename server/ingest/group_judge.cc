#include "server/ingest/group_judge.h"

#include <algorithm>
#include <utility>

#include "dedupe/judge/judge.h"

namespace oncegate {
namespace {

SequencedIdentity IdentityOf(const Event& event) {
  return {event.epoch, *event.sequence, event.after};
}

}  // namespace

void SetRejected(const LetterReason& reason, GroupEvent* item) {
  item->excluded = true;
  item->refusal.reset();
  item->result = EventResult{};
  item->result.verdict = reason.verdict;
  item->result.code = reason.code;
  item->result.text = std::make_unique<EventResult::Text>(EventResult::Text{
      reason.detail, reason.code == Code::kNumberNotRepresentable ? "/value" : std::string()});
}

void SetDeadLettered(const std::string& detail, GroupEvent* item) {
  item->result = EventResult{};
  item->result.verdict = Verdict::kDeadLettered;
  item->result.code = Code::kDeadLettered;
  item->result.text = std::make_unique<EventResult::Text>(EventResult::Text{detail, std::string()});
}

void SetFresh(GroupEvent* item) {
  item->within_group = false;
  if (item->refusal) return SetDeadLettered(item->refusal->detail, item);
  item->result = EventResult{};
  item->result.verdict = Verdict::kApplied;
  item->result.code = Code::kApplied;
}

void SetDuplicate(const Fingerprint& sent, const std::optional<Fingerprint>& settled,
                  bool within_group, GroupEvent* item) {
  const DuplicateCheck check = CheckDuplicate(sent, settled);
  item->result = EventResult{};
  item->result.verdict = check.verdict;
  item->result.code =
      check.verdict == Verdict::kConflict ? Code::kPayloadMismatch : Code::kDuplicate;
  item->result.verified = check.verified;
  item->within_group = within_group;
}

Status GroupJudge::JudgeSlot(Group* group, ProducerSlot* slot) const {
  slot->state = slot->ledger;
  slot->changed = false;
  slot->settled_here.clear();
  const StreamSpec& spec = slot->stream->spec;
  const JudgeRules rules = RulesOf(spec);
  std::vector<PendingDuplicate> duplicates;
  for (const std::uint32_t e : group->EventsOf(*slot)) {
    GroupEvent& item = group->events[e];
    if (item.excluded) continue;
    item.within_group = false;
    const Epoch epoch_before = slot->state.epoch;
    const Judgement judgement = JudgeSequenced(rules, IdentityOf(*item.event), &slot->state);
    item.result = EventResult{};
    item.result.verdict = judgement.verdict;
    item.result.code = judgement.code;
    item.result.hint = judgement.hint;
    if (judgement.verdict == Verdict::kDuplicate) {
      duplicates.push_back({e, item.event->sequence->value});
    } else if (judgement.verdict == Verdict::kApplied) {
      if (slot->state.epoch != epoch_before) {
        if (Status checked = CheckDuplicates(group, *slot, epoch_before, &duplicates); !checked) {
          return checked;
        }
        slot->settled_here.clear();
      }
      SetFresh(&item);
      slot->changed = true;
      slot->settled_here.push_back({item.event->sequence->value, item.event->fingerprint});
    }
  }
  if (Status checked = CheckDuplicates(group, *slot, slot->state.epoch, &duplicates); !checked) {
    return checked;
  }
  const auto by_sequence = [](const SequenceFingerprint& a, const SequenceFingerprint& b) {
    return a.sequence < b.sequence;
  };
  if (!std::is_sorted(slot->settled_here.begin(), slot->settled_here.end(), by_sequence)) {
    std::sort(slot->settled_here.begin(), slot->settled_here.end(), by_sequence);
  }
  return Ok();
}

Status GroupJudge::CheckDuplicates(Group* group, const ProducerSlot& slot, Epoch epoch,
                                   std::vector<PendingDuplicate>* duplicates) const {
  if (duplicates->empty()) return Ok();
  std::vector<SequenceFingerprint> here = slot.settled_here;
  std::sort(here.begin(), here.end(),
            [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  const auto settled_here = [&](std::int64_t sequence) -> const Fingerprint* {
    const auto found = std::lower_bound(
        here.begin(), here.end(), sequence,
        [](const SequenceFingerprint& entry, std::int64_t s) { return entry.sequence < s; });
    return found != here.end() && found->sequence == sequence ? &found->fingerprint : nullptr;
  };
  std::vector<std::int64_t> sequences;
  for (const PendingDuplicate& duplicate : *duplicates) {
    GroupEvent& item = group->events[duplicate.event];
    if (const Fingerprint* fingerprint = settled_here(duplicate.sequence)) {
      SetDuplicate(item.event->fingerprint, *fingerprint, true, &item);
    } else {
      sequences.push_back(duplicate.sequence);
      SetDuplicate(item.event->fingerprint, std::nullopt, false, &item);
    }
  }
  if (!sequences.empty() && slot.lineage_holds && slot.stream->spec.fingerprints) {
    std::sort(sequences.begin(), sequences.end());
    sequences.erase(std::unique(sequences.begin(), sequences.end()), sequences.end());
    std::vector<std::optional<Fingerprint>> found(sequences.size());
    Status read =
        index_->ReadFingerprints({slot.IndexKey(), slot.generation, epoch}, sequences, found);
    if (!read) return read;
    for (const PendingDuplicate& duplicate : *duplicates) {
      GroupEvent& item = group->events[duplicate.event];
      if (item.within_group) continue;
      const auto position =
          std::lower_bound(sequences.begin(), sequences.end(), duplicate.sequence) -
          sequences.begin();
      SetDuplicate(item.event->fingerprint, found[static_cast<std::size_t>(position)], false,
                   &item);
    }
  }
  duplicates->clear();
  return Ok();
}

Result<IdGroup> GroupJudge::CollectIds(const Group& group, const StreamRuntime& stream,
                                       WallTime now) const {
  std::vector<std::uint32_t> carriers;
  for (std::uint32_t e = 0; e < group.events.size(); ++e) {
    if (group.events[e].stream == &stream && !group.events[e].excluded) carriers.push_back(e);
  }
  std::stable_sort(carriers.begin(), carriers.end(), [&](std::uint32_t a, std::uint32_t b) {
    return group.events[a].event->id < group.events[b].event->id;
  });
  IdGroup ids;
  std::vector<std::string_view> names;
  for (const std::uint32_t e : carriers) {
    const Event& event = *group.events[e].event;
    if (ids.claims.empty() || ids.claims.back().id != event.id) {
      ids.claims.push_back({event.id, event.fingerprint, false});
      ids.events.emplace_back();
      names.push_back(event.id);
    }
    ids.events.back().push_back(e);
  }
  const auto remembered = index_->ReadIds(IndexNameOf(stream.spec), names);
  if (!remembered) return remembered.error();
  const std::int64_t oldest =
      now.microseconds - std::chrono::microseconds(stream.spec.id_retention).count();
  for (std::size_t i = 0; i < ids.claims.size(); ++i) {
    const std::optional<IndexedId>& indexed = (*remembered)[i];
    // Beyond its retention an id may have been swept from the ledger by any instance.
    ids.claims[i].believed_seen = indexed && indexed->committed_at.microseconds >= oldest;
  }
  return ids;
}

void GroupJudge::JudgeIds(const IdGroup& ids, std::span<const IdOutcome> outcomes,
                          Group* group) const {
  for (std::size_t i = 0; i < ids.claims.size(); ++i) {
    bool claimed_here = false;
    for (const std::uint32_t e : ids.events[i]) {
      GroupEvent& item = group->events[e];
      if (outcomes[i].fresh && !claimed_here) {
        SetFresh(&item);
        claimed_here = true;
      } else if (outcomes[i].fresh) {
        SetDuplicate(item.event->fingerprint, ids.claims[i].fingerprint, true, &item);
      } else {
        SetDuplicate(item.event->fingerprint, outcomes[i].stored, false, &item);
      }
    }
  }
}

}  // namespace oncegate
