#include "dedupe/store/leveldb_journal.h"

#include <leveldb/env.h>
#include <leveldb/iterator.h>
#include <leveldb/write_batch.h>

#include <utility>

#include "dedupe/store/guarded_database.h"
#include "dedupe/store/key_codec.h"
#include "dedupe/store/value_codec.h"

namespace oncegate {

using store::Durability;
using store::Family;
using store::GuardedDatabase;
using store::ViewOf;

namespace {

constexpr std::size_t kCacheBytes = 1024 * 1024;  // Entries are read once.
constexpr std::uint64_t kCheckedAtStartBytesMax = 256 * 1024 * 1024;

leveldb::ReadOptions ScanOptions() {
  leveldb::ReadOptions options = store::CheckedReadOptions();
  options.fill_cache = false;
  return options;
}

}  // namespace

Result<std::unique_ptr<LevelDbJournal>> LevelDbJournal::Open(const LevelDbJournalOptions& options) {
  auto database = GuardedDatabase::Open({.words = &store::kJournalWords,
                                         .directory = options.directory,
                                         .environment = options.environment != nullptr
                                                            ? options.environment
                                                            : leveldb::Env::Default(),
                                         .cache_bytes = kCacheBytes,
                                         .write_buffer_bytes = options.write_buffer_bytes,
                                         .whole_check_bytes_max = kCheckedAtStartBytesMax});
  if (!database) return database.error();
  return std::unique_ptr<LevelDbJournal>(new LevelDbJournal(std::move(*database)));
}

LevelDbJournal::LevelDbJournal(std::unique_ptr<GuardedDatabase> database)
    : database_(std::move(database)) {}
LevelDbJournal::~LevelDbJournal() = default;

std::uint64_t LevelDbJournal::NextPosition() { return database_->NextOrdinal(); }
bool LevelDbJournal::IsPoisoned() const { return database_->IsPoisoned(); }
Status LevelDbJournal::Reopen() { return database_->Reopen(); }

Status LevelDbJournal::Write(const JournalWrite& write) {
  leveldb::WriteBatch batch;
  for (const JournalWrite::Append& append : write.appends) {
    const std::string key = store::JournalKey(append.stream, append.position);
    batch.Put(key, store::EncodeJournalEntry(key, append.accepted_at, append.events));
  }
  for (const JournalWrite::Removal& removal : write.removals) {
    batch.Delete(store::JournalKey(removal.stream, removal.position));
  }
  return database_->Write(&batch, write.synced ? Durability::kFsynced : Durability::kBuffered);
}

Result<std::vector<JournalEntry>> LevelDbJournal::Read(std::string_view stream, std::uint64_t first,
                                                       std::uint64_t last, std::size_t bytes_max) {
  return database_->Read([&](leveldb::DB& leveldb) -> Result<std::vector<JournalEntry>> {
    const std::string end = store::JournalKey(stream, last);
    const std::unique_ptr<leveldb::Iterator> entry(leveldb.NewIterator(ScanOptions()));
    std::vector<JournalEntry> entries;
    std::size_t bytes = 0;
    for (entry->Seek(store::JournalKey(stream, first));
         entry->Valid() && ViewOf(entry->key()) <= end && (entries.empty() || bytes < bytes_max);
         entry->Next()) {
      const auto key = store::ReadJournalKey(ViewOf(entry->key()));
      if (!key) return database_->FoundDamage(Error{"a key of the journal does not parse"});
      const auto view = store::DecodeJournalEntry(ViewOf(entry->key()), ViewOf(entry->value()));
      if (!view) return database_->FoundDamage(view.error());
      entries.push_back({key->second, view->accepted_at, std::string(view->events)});
      bytes += view->events.size();
    }
    if (!entry->status().ok()) return database_->ReadFailed(entry->status());
    return entries;
  });
}

Result<std::vector<std::string>> LevelDbJournal::ListStreams() {
  return database_->Read([&](leveldb::DB& leveldb) -> Result<std::vector<std::string>> {
    const std::string family = store::FamilyPrefix(Family::kJournal);
    const std::unique_ptr<leveldb::Iterator> entry(leveldb.NewIterator(ScanOptions()));
    std::vector<std::string> streams;
    entry->Seek(family);
    while (entry->Valid() && entry->key().starts_with(family)) {
      const auto key = store::ReadJournalKey(ViewOf(entry->key()));
      if (!key) return database_->FoundDamage(Error{"a key of the journal does not parse"});
      streams.emplace_back(key->first);
      entry->Seek(store::EndOfPrefix(store::StreamPrefix(Family::kJournal, streams.back())));
    }
    if (!entry->status().ok()) return database_->ReadFailed(entry->status());
    return streams;
  });
}

}  // namespace oncegate
