#include "tests/sim/sim_index.h"

#include <utility>

namespace oncegate::sim {
namespace {

std::string NameOf(const ProducerKey& key) { return LedgerName(key.stream, key.producer); }

// Synced this often by whatever else the store does.
constexpr std::uint64_t kSyncPermille = 60;

}  // namespace

Status SimIndex::Enter(std::string_view call) {
  world_->scheduler.Point(call);
  if (poisoned_) return Error{"the index is poisoned"};
  return Ok();
}

Status SimIndex::Put(IndexDisk::Write write) {
  SeededRandom& random = world_->scheduler.random();
  if (random.Chance(world_->rates.index_write)) {
    poisoned_ = true;
    world_->Count(Happening::kIndexPoisoned);
    // A failed write is unknown, not undone.
    if (random.Chance(500)) disk_->Append(std::move(write));
    return Error{"the index can not be written"};
  }
  disk_->Append(std::move(write));
  if (random.Chance(kSyncPermille)) disk_->Sync();
  return Ok();
}

Status SimIndex::Reopen() {
  world_->scheduler.Point("index_reopen");
  if (world_->scheduler.random().Chance(world_->rates.index_reopen)) {
    return Error{"the index can not be opened"};
  }
  poisoned_ = false;
  world_->Count(Happening::kIndexReopened);
  return Ok();
}

Result<std::optional<IndexedProducer>> SimIndex::ReadProducer(const ProducerKey& key) {
  if (Status entered = Enter("index_read_producer"); !entered) return entered.error();
  const auto found = disk_->state().producers.find(NameOf(key));
  if (found == disk_->state().producers.end()) return std::optional<IndexedProducer>();
  const IndexState::Producer& entry = found->second;
  return std::optional(IndexedProducer{entry.token, entry.state, entry.generation});
}

Status SimIndex::ReadFingerprints(const FingerprintScope& scope,
                                  std::span<const std::int64_t> sequences,
                                  std::span<std::optional<Fingerprint>> found) {
  if (Status entered = Enter("index_read_fingerprints"); !entered) return entered;
  const auto& all = disk_->state().fingerprints;
  const auto set = all.find({NameOf(scope.producer), scope.generation, scope.epoch.value});
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    found[i].reset();
    if (set == all.end()) continue;
    const auto entry = set->second.find(sequences[i]);
    if (entry != set->second.end()) found[i] = entry->second.fingerprint;
  }
  return Ok();
}

Result<std::vector<std::optional<IndexedId>>> SimIndex::ReadIds(
    std::string_view stream, std::span<const std::string_view> ids) {
  if (Status entered = Enter("index_read_ids"); !entered) return entered.error();
  std::vector<std::optional<IndexedId>> found;
  for (const std::string_view id : ids) {
    const auto entry = disk_->state().ids.find(IdName(stream, id));
    const bool known = entry != disk_->state().ids.end();
    found.push_back(known ? std::optional(entry->second) : std::nullopt);
  }
  return found;
}

Status SimIndex::Write(const IndexUpdate& update) {
  if (Status entered = Enter("index_write"); !entered) return entered;
  // The update views memory of the caller; what is kept may not.
  std::map<std::string, IndexState::Producer> producers;
  for (const IndexUpdate::Producer& item : update.producers) {
    const IndexedProducer& entry = item.entry;
    producers[NameOf(item.key)] = {entry.token, entry.state, entry.fingerprint_generation};
  }
  std::vector<std::pair<IndexState::Scope, std::vector<SequenceFingerprint>>> sets;
  for (const IndexUpdate::Fingerprints& item : update.fingerprints) {
    sets.emplace_back(IndexState::Scope{NameOf(item.scope.producer), item.scope.generation,
                                        item.scope.epoch.value},
                      item.entries);
  }
  std::map<std::string, IndexedId> ids;
  for (const IndexUpdate::Id& item : update.ids) {
    ids[IdName(item.stream, item.id)] = {item.fingerprint, item.committed_at};
  }
  return Put([producers = std::move(producers), sets = std::move(sets), ids = std::move(ids),
              at = update.written_at](IndexState* state) {
    for (const auto& [name, entry] : producers) state->producers[name] = entry;
    for (const auto& [scope, entries] : sets) {
      for (const SequenceFingerprint& entry : entries) {
        state->fingerprints[scope][entry.sequence] = {entry.fingerprint, at};
      }
    }
    for (const auto& [name, entry] : ids) state->ids[name] = entry;
  });
}

Status SimIndex::EraseProducer(const ProducerKey& key) {
  if (Status entered = Enter("index_erase_producer"); !entered) return entered;
  return Put([name = NameOf(key)](IndexState* state) { state->producers.erase(name); });
}

Status SimIndex::EraseIds(std::string_view stream, std::span<const std::string_view> ids) {
  if (Status entered = Enter("index_erase_ids"); !entered) return entered;
  std::vector<std::string> names;
  for (const std::string_view id : ids) names.push_back(IdName(stream, id));
  return Put([names = std::move(names)](IndexState* state) {
    for (const std::string& name : names) state->ids.erase(name);
  });
}

Result<SweepResult> SimIndex::SweepFingerprints(WallTime cutoff, std::uint64_t) {
  if (Status entered = Enter("index_sweep_fingerprints"); !entered) return entered.error();
  const Status swept = Put([cutoff](IndexState* state) {
    for (auto& [scope, entries] : state->fingerprints) {
      std::erase_if(entries, [cutoff](const auto& e) { return e.second.written_at < cutoff; });
    }
  });
  if (!swept) return swept.error();
  SweepResult result;
  result.wrapped = true;
  return result;
}

Result<SweepResult> SimIndex::SweepIds(std::string_view stream, WallTime cutoff, std::uint64_t) {
  if (Status entered = Enter("index_sweep_ids"); !entered) return entered.error();
  const Status swept = Put([head = IdName(stream, {}), cutoff](IndexState* state) {
    std::erase_if(state->ids, [&](const auto& entry) {
      return entry.first.starts_with(head) && entry.second.committed_at < cutoff;
    });
  });
  if (!swept) return swept.error();
  SweepResult result;
  result.wrapped = true;
  return result;
}

Result<std::string> SimIndex::ReadCursor(std::string_view name) {
  if (Status entered = Enter("index_read_cursor"); !entered) return entered.error();
  const auto found = disk_->state().cursors.find(std::string(name));
  const bool known = found != disk_->state().cursors.end();
  return Result<std::string>(boost::system::in_place_value, known ? found->second : std::string());
}

Status SimIndex::WriteCursor(std::string_view name, std::string_view position) {
  if (Status entered = Enter("index_write_cursor"); !entered) return entered;
  return Put([name = std::string(name), position = std::string(position)](IndexState* state) {
    state->cursors[name] = position;
  });
}

Status SimIndex::AppendAudit(const AuditRecord&) { return Enter("index_audit"); }

Result<std::vector<AuditRecord>> SimIndex::ReadAudit(std::size_t) {
  if (Status entered = Enter("index_read_audit"); !entered) return entered.error();
  return std::vector<AuditRecord>();
}

}  // namespace oncegate::sim
