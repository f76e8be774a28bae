#include "server/ingest/journal_route.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "dedupe/judge/judge.h"

namespace oncegate {

JournalBook::States ReadBelieved(std::string_view stream, std::span<const Event> events,
                                 Index* index) {
  JournalBook::States believed;
  std::optional<std::string_view> before;
  for (const Event& event : events) {
    if (before == event.producer || believed.contains(event.producer)) continue;
    before = event.producer;
    auto producer = index->ReadProducer({stream, event.producer});
    if (producer && *producer) believed.emplace(event.producer, std::move((*producer)->state));
  }
  return believed;
}

bool RemembersIds(const Batch& batch, Index* index, WallTime now) {
  std::vector<std::string_view> ids;
  ids.reserve(batch.events.size());
  for (const Event& event : batch.events) ids.push_back(event.id);
  const auto remembered = index->ReadIds(batch.stream->name, ids);
  if (!remembered) return false;
  const std::int64_t oldest =
      now.microseconds - std::chrono::microseconds(batch.stream->id_retention).count();
  return std::all_of(remembered->begin(), remembered->end(),
                     [&](const auto& id) { return id && id->committed_at.microseconds >= oldest; });
}

JournalRoute RouteSequenced(const Batch& batch, const JournalBook::States& believed,
                            const JournalBook& book, bool sink_is_up) {
  const std::string& stream = batch.stream->name;
  const JudgeRules rules{batch.stream->mode, batch.stream->ranges_max};
  JournalBook::States states;
  bool any_new = false;
  bool any_gap = false;
  bool any_pending = false;
  ProducerState* state = nullptr;
  std::string_view before;
  for (const Event& event : batch.events) {
    if (state == nullptr || event.producer != before) {
      before = event.producer;
      const auto [found, fresh] = states.try_emplace(std::string(event.producer));
      state = &found->second;
      if (fresh) {
        any_pending = any_pending || book.IsPending(stream, event.producer);
        const ProducerState* accepted = book.Accepted(stream, event.producer);
        const auto known = believed.find(event.producer);
        if (accepted != nullptr) {
          *state = *accepted;
        } else if (known != believed.end()) {
          *state = known->second;
        }
      }
    }
    const Judgement judgement =
        JudgeSequenced(rules, {event.epoch, *event.sequence, event.after}, state);
    any_new = any_new || judgement.verdict == Verdict::kApplied;
    any_gap = any_gap || judgement.verdict == Verdict::kGap;
  }
  if (any_gap) return any_pending ? JournalRoute::kBlocked : JournalRoute::kSinkAlone;
  return any_new || any_pending || !sink_is_up ? JournalRoute::kJournal : JournalRoute::kSinkFirst;
}

}  // namespace oncegate
