// LevelDbJournal: the JournalStore in a LevelDB folder of its own, so that an index that is set
// aside takes no accepted event with it, and no lane waits for the journal's fsyncs. See
// journal_store.h for the contract, docs/format.md for the bytes, guarded_database.h for poison and
// reopening.
//
// Thread-safe. One process owns the folder, as with the index.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "dedupe/store/journal_store.h"

namespace leveldb {
class Env;
}

namespace oncegate {

namespace store {
class GuardedDatabase;
}

struct LevelDbJournalOptions {
  std::filesystem::path directory;  // Created where it is missing.
  /// Held in memory up to twice. What is removed again while it is here never becomes a table.
  std::size_t write_buffer_bytes = 32 * 1024 * 1024;
  leveldb::Env* environment = nullptr;  // Null: the system's. Outlives the journal.
};

class LevelDbJournal final : public JournalStore {
 public:
  /// Fails as LevelDbStore::Open does.
  static Result<std::unique_ptr<LevelDbJournal>> Open(const LevelDbJournalOptions& options);
  ~LevelDbJournal() override;

  std::uint64_t NextPosition() override;
  Status Write(const JournalWrite& write) override;
  Result<std::vector<JournalEntry>> Read(std::string_view stream, std::uint64_t first,
                                         std::uint64_t last, std::size_t bytes_max) override;
  Result<std::vector<std::string>> ListStreams() override;
  bool IsPoisoned() const override;
  Status Reopen() override;

 private:
  explicit LevelDbJournal(std::unique_ptr<store::GuardedDatabase> database);
  const std::unique_ptr<store::GuardedDatabase> database_;
};

}  // namespace oncegate
