#include "tests/sim/sim_journal.h"

#include "tests/sim/oracle.h"

namespace oncegate::sim {

SimJournal::SimJournal(World* world, JournalDisk* journal) : world_(world), journal_(journal) {
  Open();
}

void SimJournal::Open() {
  if (journal_->disk.CutTornEnd()) world_->Count(Happening::kJournalTornEnd);
  journal_->disk.Sync();
}

Status SimJournal::Fail(const JournalWrite& write, const char* message) {
  for (const JournalWrite::Append& append : write.appends) failed_.insert(append.position);
  poisoned_ = true;
  world_->Count(Happening::kJournalPoisoned);
  return Error{message};
}

/// What was accepted may leave when the sink has it; what failed was never accepted.
void SimJournal::ShowRemovals(const JournalWrite& write) const {
  const auto& entries = journal_->disk.state().entries;
  for (const JournalWrite::Removal& removal : write.removals) {
    const auto entry = entries.find({removal.stream, removal.position});
    if (entry == entries.end() || failed_.contains(removal.position)) continue;
    world_->oracle->OnEntryRemoved(entry->second.events);
  }
}

Status SimJournal::Write(const JournalWrite& write) {
  world_->Reach("journal_write");
  if (poisoned_) return Error{"the journal is poisoned"};
  // The write views memory of the caller; what is kept may not.
  std::vector<std::pair<std::string, JournalEntry>> appends;
  for (const JournalWrite::Append& append : write.appends) {
    appends.emplace_back(append.stream, JournalEntry{append.position, append.accepted_at,
                                                     std::string(append.events)});
  }
  auto apply = [appends = std::move(appends), removals = write.removals](JournalState* state) {
    for (const auto& [stream, entry] : appends) state->entries[{stream, entry.position}] = entry;
    for (const auto& removal : removals) state->entries.erase({removal.stream, removal.position});
  };
  world_->scheduler.Note("journal_takes", [&] {
    std::string text = write.synced ? "synced" : "unsynced";
    for (const auto& append : write.appends) text += " +" + std::to_string(append.position);
    for (const auto& removal : write.removals) text += " -" + std::to_string(removal.position);
    return text;
  });
  ShowRemovals(write);
  SeededRandom& random = world_->scheduler.random();
  if (random.Chance(world_->rates.journal_write)) {
    if (random.Chance(500)) journal_->disk.Append(std::move(apply));
    return Fail(write, "the journal can not be written");
  }
  journal_->disk.Append(std::move(apply));
  world_->Reach("journal_written");
  if (!write.synced) return Ok();
  if (random.Chance(world_->rates.journal_sync))
    return Fail(write, "the journal can not be synced");
  journal_->disk.Sync();
  world_->Reach("journal_synced");
  return Ok();
}

Status SimJournal::Reopen() {
  world_->Reach("journal_reopen");
  SeededRandom& random = world_->scheduler.random();
  if (random.Chance(world_->rates.journal_reopen)) return Error{"the journal can not be opened"};
  // What a failed fsync was to make durable may be lost, as if the machine had gone down.
  if (random.Chance(500)) journal_->disk.LoseTail(&random);
  Open();
  poisoned_ = false;
  world_->Count(Happening::kJournalReopened);
  return Ok();
}

Result<std::vector<JournalEntry>> SimJournal::Read(std::string_view stream, std::uint64_t first,
                                                   std::uint64_t last, std::size_t bytes_max) {
  world_->Reach("journal_read");
  if (poisoned_) return Error{"the journal is poisoned"};
  const auto& all = journal_->disk.state().entries;
  std::vector<JournalEntry> entries;
  std::size_t bytes = 0;
  for (auto entry = all.lower_bound({std::string(stream), first});
       entry != all.end() && entry->first.first == stream && entry->first.second <= last &&
       (entries.empty() || bytes < bytes_max);
       ++entry) {
    entries.push_back(entry->second);
    bytes += entry->second.events.size();
  }
  return entries;
}

Result<std::vector<std::string>> SimJournal::ListStreams() {
  std::vector<std::string> streams;
  for (const auto& [key, entry] : journal_->disk.state().entries) {
    if (streams.empty() || streams.back() != key.first) streams.push_back(key.first);
  }
  return streams;
}

}  // namespace oncegate::sim
