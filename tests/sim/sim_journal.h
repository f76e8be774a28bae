// SimJournal: the JournalStore interface in memory, with LevelDB's behaviour in a crash and after a
// failed write or fsync: what it held may be there or not once the store was reopened. It can stop
// before a write, between the write and its fsync, and after that.
//
// What it does not model: damage within what was synced (the store refuses to open then) and
// tables; the tests of the store do.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dedupe/store/journal_store.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/world.h"

namespace oncegate::sim {

struct JournalState {
  std::map<std::pair<std::string, std::uint64_t>, JournalEntry> entries;
};

struct JournalDisk {
  SimDisk<JournalState> disk;
  std::uint64_t positions = 0;  // Handed out so far; reserved durably, so no crash takes it back.
};

class SimJournal : public JournalStore {
 public:
  /// Opens what an earlier process left.
  SimJournal(World* world, JournalDisk* journal);

  std::uint64_t NextPosition() override { return ++journal_->positions; }
  Status Write(const JournalWrite& write) override;
  Result<std::vector<JournalEntry>> Read(std::string_view stream, std::uint64_t first,
                                         std::uint64_t last, std::size_t bytes_max) override;
  Result<std::vector<std::string>> ListStreams() override;
  bool IsPoisoned() const override { return poisoned_; }
  Status Reopen() override;

 private:
  Status Fail(const JournalWrite& write, const char* message);
  void ShowRemovals(const JournalWrite& write) const;
  /// Leaves nothing unsynced: what the log held becomes a table.
  void Open();

  World* const world_;
  JournalDisk* const journal_;
  bool poisoned_ = false;
  std::set<std::uint64_t> failed_;  // Positions of appends that failed: there or not.
};

}  // namespace oncegate::sim
