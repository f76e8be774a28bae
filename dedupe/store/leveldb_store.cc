#include "dedupe/store/leveldb_store.h"

#include <leveldb/iterator.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <utility>

#include "dedupe/store/files.h"
#include "dedupe/store/fingerprint_lookup.h"
#include "dedupe/store/guarded_database.h"
#include "dedupe/store/id_filter.h"
#include "dedupe/store/key_codec.h"
#include "dedupe/store/leveldb_store_opener.h"
#include "dedupe/store/record_cache.h"
#include "dedupe/store/sweep.h"
#include "dedupe/store/value_codec.h"

namespace oncegate {

using store::CheckedReadOptions;
using store::Durability;
using store::Family;
using store::GuardedDatabase;
using store::SliceOf;
using store::ViewOf;

namespace {

struct ProducerRecord {
  std::string key;
  std::string value;
};

ProducerRecord EncodeRecord(const IndexUpdate::Producer& producer) {
  std::string key = store::ProducerRecordKey(producer.key);
  std::string value = store::EncodeProducer(key, producer.entry);
  return {std::move(key), std::move(value)};
}

/// One record per block of 64 sequences; nothing is read for it.
void AddFingerprints(const IndexUpdate::Fingerprints& fingerprints, WallTime written_at,
                     GuardedDatabase* database, leveldb::WriteBatch* batch) {
  std::string key = store::ScopePrefix(fingerprints.scope);
  const std::size_t scope_bytes = key.size();
  std::span<const SequenceFingerprint> rest = fingerprints.entries;
  while (!rest.empty()) {
    const std::int64_t block = store::BlockOf(rest.front().sequence);
    const auto end = std::find_if(rest.begin(), rest.end(), [block](const auto& entry) {
      return store::BlockOf(entry.sequence) != block;
    });
    const auto count = static_cast<std::size_t>(end - rest.begin());
    key.resize(scope_bytes);
    store::AppendBlock(block, &key);
    store::AppendOrdinal(database->NextOrdinal(), &key);
    batch->Put(key, store::EncodeBlock(key, written_at, rest.first(count)));
    rest = rest.subspan(count);
  }
}

}  // namespace

class LevelDbStore::Impl {
 public:
  Impl(std::unique_ptr<GuardedDatabase> opened, const LevelDbStoreOptions& options)
      : database(std::move(opened)),
        producer_cache(options.producer_cache_bytes),
        id_filter(database.get()),
        sweeper(database.get(), std::max<std::uint64_t>(options.fingerprint_bytes_max,
                                                        options.write_buffer_bytes)) {}

  /// The decoded value under `key`, or nothing. A value that does not decode is damage.
  template <typename Decode>
  auto ReadValue(const std::string& key, Decode decode)
      -> Result<std::optional<typename decltype(decode(key, key))::value_type>> {
    using Found = std::optional<typename decltype(decode(key, key))::value_type>;
    return database->Read([&](leveldb::DB& leveldb) -> Result<Found> {
      std::string value;
      const leveldb::Status read = leveldb.Get(CheckedReadOptions(), key, &value);
      if (read.IsNotFound()) return Found();
      if (!read.ok()) return database->ReadFailed(read);
      auto decoded = decode(key, value);
      if (!decoded) return database->FoundDamage(decoded.error());
      return Found(std::move(*decoded));
    });
  }

  const std::unique_ptr<GuardedDatabase> database;
  store::RecordCache producer_cache;
  store::IdFilter id_filter;
  store::Sweeper sweeper;
  std::atomic<std::int64_t> latest_write_microseconds = 0;
};

LevelDbStore::LevelDbStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LevelDbStore::~LevelDbStore() = default;

Result<std::unique_ptr<LevelDbStore>> LevelDbStoreOpener::Open(const LevelDbStoreOptions& options,
                                                               leveldb::Env* environment) {
  auto database =
      GuardedDatabase::Open({.directory = options.directory,
                             .environment = environment,
                             .cache_bytes = options.cache_bytes,
                             .write_buffer_bytes = options.write_buffer_bytes,
                             .whole_check_bytes_max = options.checked_at_start_bytes_max});
  if (!database) return database.error();
  auto impl = std::make_unique<LevelDbStore::Impl>(std::move(*database), options);
  return std::unique_ptr<LevelDbStore>(new LevelDbStore(std::move(impl)));
}

Result<std::unique_ptr<LevelDbStore>> LevelDbStore::Open(const LevelDbStoreOptions& options) {
  return LevelDbStoreOpener::Open(options, leveldb::Env::Default());
}

Result<std::optional<IndexedProducer>> LevelDbStore::ReadProducer(const ProducerKey& key) {
  GuardedDatabase& database = *impl_->database;
  store::RecordCache& cache = impl_->producer_cache;
  const std::string record_key = store::ProducerRecordKey(key);
  // Within Read: a poisoned store answers nothing, not even what it remembers.
  return database.Read([&](leveldb::DB& leveldb) -> Result<std::optional<IndexedProducer>> {
    std::string value;
    store::RecordCache::Ticket ticket;
    const bool cached = cache.Find(record_key, &value, &ticket);
    if (!cached) {
      const leveldb::Status read = leveldb.Get(CheckedReadOptions(), record_key, &value);
      if (read.IsNotFound()) return std::optional<IndexedProducer>();
      if (!read.ok()) return database.ReadFailed(read);
    }
    auto entry = store::DecodeProducer(record_key, value);
    if (!entry) return database.FoundDamage(entry.error());
    if (!cached) cache.Fill(record_key, value, ticket);
    return std::optional(std::move(*entry));
  });
}

Status LevelDbStore::ReadFingerprints(const FingerprintScope& scope,
                                      std::span<const std::int64_t> sequences,
                                      std::span<std::optional<Fingerprint>> found) {
  return store::LookUpFingerprints(impl_->database.get(), scope, sequences, found);
}

Result<std::vector<std::optional<IndexedId>>> LevelDbStore::ReadIds(
    std::string_view stream, std::span<const std::string_view> ids) {
  GuardedDatabase& database = *impl_->database;
  const auto filter = impl_->id_filter.Get();
  return database.Read([&](leveldb::DB& leveldb) -> Result<std::vector<std::optional<IndexedId>>> {
    std::vector<std::optional<IndexedId>> found(ids.size());
    std::string value;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string key = store::IdKey(stream, ids[i]);
      if (filter && !filter->MayContain(key)) continue;
      const leveldb::Status read = leveldb.Get(CheckedReadOptions(), key, &value);
      if (read.IsNotFound()) continue;
      if (!read.ok()) return database.ReadFailed(read);
      const auto entry = store::DecodeId(key, value);
      if (!entry) return database.FoundDamage(entry.error());
      found[i] = *entry;
    }
    return found;
  });
}

Status LevelDbStore::Write(const IndexUpdate& update) {
  leveldb::WriteBatch batch;
  std::vector<ProducerRecord> records;
  records.reserve(update.producers.size());
  for (const auto& producer : update.producers) {
    const ProducerRecord& record = records.emplace_back(EncodeRecord(producer));
    batch.Put(record.key, record.value);
  }
  std::vector<std::string> id_keys;
  id_keys.reserve(update.ids.size());
  for (const auto& id : update.ids) {
    const std::string& key = id_keys.emplace_back(store::IdKey(id.stream, id.id));
    batch.Put(key, store::EncodeId(key, {id.fingerprint, id.committed_at}));
  }
  for (const auto& fingerprints : update.fingerprints) {
    AddFingerprints(fingerprints, update.written_at, impl_->database.get(), &batch);
  }
  impl_->latest_write_microseconds = update.written_at.microseconds;
  return impl_->database->Write(&batch, Durability::kBuffered, [&] {
    for (const ProducerRecord& record : records) {
      impl_->producer_cache.Put(record.key, record.value);
    }
    impl_->id_filter.Add(id_keys);
  });
}

Status LevelDbStore::EraseProducer(const ProducerKey& key) {
  leveldb::WriteBatch batch;
  const std::string record_key = store::ProducerRecordKey(key);
  batch.Delete(record_key);
  return impl_->database->Write(&batch, Durability::kBuffered,
                                [&] { impl_->producer_cache.Drop(record_key); });
}

Status LevelDbStore::EraseIds(std::string_view stream, std::span<const std::string_view> ids) {
  leveldb::WriteBatch batch;
  for (const std::string_view id : ids) batch.Delete(store::IdKey(stream, id));
  return impl_->database->Write(&batch, Durability::kBuffered);
}

Result<SweepResult> LevelDbStore::SweepFingerprints(WallTime cutoff, std::uint64_t examined_max) {
  const WallTime now{impl_->latest_write_microseconds};
  return impl_->sweeper.SweepFingerprints(cutoff, now, examined_max);
}

Result<SweepResult> LevelDbStore::SweepIds(std::string_view stream, WallTime cutoff,
                                           std::uint64_t examined_max) {
  return impl_->sweeper.SweepIds(stream, cutoff, examined_max);
}

Result<std::string> LevelDbStore::ReadCursor(std::string_view name) {
  auto position = impl_->ReadValue(store::CursorKey(name), store::DecodeText);
  if (!position) return position.error();
  return {boost::system::in_place_value, std::move(*position).value_or(std::string())};
}

Status LevelDbStore::WriteCursor(std::string_view name, std::string_view position) {
  const std::string key = store::CursorKey(name);
  leveldb::WriteBatch batch;
  if (position.empty()) {
    batch.Delete(key);
  } else {
    batch.Put(key, store::EncodeText(key, position));
  }
  return impl_->database->Write(&batch, Durability::kBuffered);
}

Status LevelDbStore::AppendAudit(const AuditRecord& record) {
  const std::string key = store::AuditKey(record.at, impl_->database->NextOrdinal());
  leveldb::WriteBatch batch;
  batch.Put(key, store::EncodeText(key, record.json));
  return impl_->database->Write(&batch, Durability::kFsynced);
}

Result<std::vector<AuditRecord>> LevelDbStore::ReadAudit(std::size_t limit) {
  GuardedDatabase& database = *impl_->database;
  return database.Read([&](leveldb::DB& leveldb) -> Result<std::vector<AuditRecord>> {
    const std::string family = store::FamilyPrefix(Family::kAudit);
    const std::unique_ptr<leveldb::Iterator> entry(leveldb.NewIterator(CheckedReadOptions()));
    // The first key of another family always exists: a store holds its format record.
    entry->Seek(store::EndOfPrefix(family));
    if (entry->Valid()) entry->Prev();
    std::vector<AuditRecord> records;
    for (; entry->Valid() && entry->key().starts_with(family) && records.size() < limit;
         entry->Prev()) {
      auto json = store::DecodeText(ViewOf(entry->key()), ViewOf(entry->value()));
      if (!json) return database.FoundDamage(json.error());
      records.push_back({store::TimeOfAuditKey(ViewOf(entry->key())), std::move(*json)});
    }
    if (!entry->status().ok()) return database.ReadFailed(entry->status());
    return records;
  });
}

bool LevelDbStore::IsPoisoned() const { return impl_->database->IsPoisoned(); }

Status LevelDbStore::Reopen() {
  return impl_->database->Reopen([this] {
    impl_->producer_cache.Clear();
    impl_->id_filter.Restart();
  });
}

std::uint64_t LevelDbStore::ApproximateBytes() const {
  // Files come and go meanwhile; one that is gone counts nothing.
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& path : store::ListDirectory(impl_->database->directory())) {
    const std::uintmax_t file_bytes = std::filesystem::file_size(path, error);
    if (!error) bytes += file_bytes;
  }
  return bytes;
}

}  // namespace oncegate
