#include "dedupe/store/open_database.h"

#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/write_batch.h>

#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "dedupe/store/files.h"
#include "dedupe/store/key_codec.h"
#include "dedupe/store/log_scan.h"
#include "dedupe/store/table_check.h"
#include "dedupe/store/unmapped_env.h"
#include "dedupe/store/value_codec.h"

namespace oncegate::store {

const DatabaseWords kIndexWords{
    .noun = "the index",
    .damage_advice =
        "; nothing was repaired, since a repair drops records. If every sink is transactional, "
        "`oncegate rebuild-index` sets the index aside and builds it again from the sink's ledger; "
        "otherwise restore the folder from a backup",
    .too_new_advice =
        "; start the newer oncegate that wrote it, or rebuild the index with "
        "`oncegate rebuild-index` if every sink is transactional"};

const DatabaseWords kJournalWords{
    .noun = "the journal",
    .damage_advice =
        "; nothing was repaired, since a repair drops records, and its records are accepted events "
        "that no sink has yet. Restore the folder from a backup; or move it away, start again, and "
        "have the producers send again what was accepted and is not in the sink",
    .too_new_advice = "; start the newer oncegate that wrote it"};

namespace {

constexpr int kBloomBitsPerKey = 10;
constexpr std::size_t kTableBytes = 8 * 1024 * 1024;  // 4 GiB are 512 files.
constexpr int kOpenFilesMax = 600;                    // Leaves descriptors to the connections.
/// Twelve years of 45,000 records a second, and a million openings.
constexpr std::uint64_t kOrdinalsPerOpening = std::uint64_t{1} << 44;
constexpr char kWholeCheckFileName[] = "CHECK-TABLES";

leveldb::Options ToLevelDbOptions(const DatabaseOptions& options, const Database& database) {
  leveldb::Options result;
  result.create_if_missing = true;
  result.paranoid_checks = true;
  result.env = database.environment.get();
  result.write_buffer_size = options.write_buffer_bytes;
  result.max_file_size = kTableBytes;
  result.max_open_files = kOpenFilesMax;
  result.block_cache = database.cache.get();
  result.filter_policy = database.filter.get();
  result.compression = leveldb::kNoCompression;  // Values are mostly hashes.
  return result;
}

Error OpenError(const DatabaseOptions& options, const leveldb::Status& status) {
  std::string message = std::string("cannot open ") + options.words->noun + " in " +
                        options.directory.string() + ": " + status.ToString();
  if (status.IsCorruption()) message += options.words->damage_advice;
  if (message.find("No space left on device") != std::string::npos) {
    message += "; free space on that disk and start again";
  }
  return Error{message};
}

/// "000012.log"
bool IsLogName(std::string_view name) {
  return name.ends_with(".log") && name.find_first_not_of("0123456789") == name.size() - 4;
}

std::vector<std::filesystem::path> ListLogs(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> logs;
  for (const std::filesystem::path& path : ListDirectory(directory)) {
    if (IsLogName(path.filename().string())) logs.push_back(path);
  }
  // CURRENT names the MANIFEST in use; LevelDB reports a CURRENT that does not.
  if (auto current = ReadWholeFile(directory / "CURRENT"); current && !current->empty()) {
    current->pop_back();
    std::error_code error;
    if (std::filesystem::is_regular_file(directory / *current, error)) {
      logs.push_back(directory / *current);
    }
  }
  return logs;
}

/// "the index is damaged"
std::string IsDamaged(const DatabaseOptions& options) {
  return std::string(options.words->noun) + " is damaged";
}

Status CheckLogs(const DatabaseOptions& options) {
  for (const std::filesystem::path& path : ListLogs(options.directory)) {
    const auto log = ReadWholeFile(path);
    if (!log) return log.error();
    const LogScan scan = ScanLog(*log);
    switch (scan.condition) {
      case LogCondition::kIntact:
      case LogCondition::kShortTail:
        break;
      case LogCondition::kZeroTail:
        if (auto cut = ShortenFile(path, scan.readable_bytes); !cut) return cut;
        break;
      case LogCondition::kDamaged:
        return Error{IsDamaged(options) + ": " + path.string() + " can not be read at byte " +
                     std::to_string(scan.readable_bytes) + " of " + std::to_string(log->size()) +
                     options.words->damage_advice};
    }
  }
  return Ok();
}

bool HoldsRecords(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return IsLogName(name) || name.ends_with(".ldb") || name.ends_with(".sst");
}

/// Without a CURRENT LevelDB begins a new database, and removes the files of the old one. A
/// creation that was interrupted before it had a CURRENT has no files with records either.
Status CheckCurrent(const DatabaseOptions& options) {
  const std::filesystem::path current = options.directory / "CURRENT";
  std::error_code error;
  if (std::filesystem::exists(current, error)) return Ok();
  for (const std::filesystem::path& path : ListDirectory(options.directory)) {
    if (!HoldsRecords(path)) continue;
    return Error{IsDamaged(options) + ": " + current.string() +
                 " is missing, though there are records in " + path.filename().string() +
                 options.words->damage_advice};
  }
  return Ok();
}

leveldb::ReadOptions CheckedRead() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

bool IsEmpty(leveldb::DB* database) {
  const std::unique_ptr<leveldb::Iterator> entry(database->NewIterator(CheckedRead()));
  entry->SeekToFirst();
  return !entry->Valid() && entry->status().ok();
}

/// Succeeds on an empty database, which has no format yet.
Status CheckFormat(const DatabaseOptions& options, leveldb::DB* database) {
  const std::filesystem::path& directory = options.directory;
  std::string value;
  const leveldb::Status read =
      database->Get(CheckedRead(), leveldb::Slice(kFormatKey.data(), kFormatKey.size()), &value);
  if (read.IsNotFound()) {
    if (IsEmpty(database)) return Ok();
    return Error{directory.string() +
                 " holds a LevelDB database that oncegate did not write; choose another data_dir"};
  }
  if (!read.ok()) return OpenError(options, read);
  const auto format = DecodeNumber32(kFormatKey, value);
  if (!format) {
    return Error{directory.string() + ": " + format.error().message + options.words->damage_advice};
  }
  if (*format > kStoreFormat) {
    return Error{std::string(options.words->noun) + " in " + directory.string() + " has format " +
                 std::to_string(*format) + ", but this oncegate reads formats up to " +
                 std::to_string(kStoreFormat) + options.words->too_new_advice};
  }
  return Ok();
}

/// Writes the format, too, so that a new database is marked with its first record.
Result<std::uint64_t> ReserveOrdinals(const DatabaseOptions& options, leveldb::DB* database) {
  std::uint64_t first = 1;
  std::string value;
  const leveldb::Slice key(kOrdinalsKey.data(), kOrdinalsKey.size());
  const leveldb::Status read = database->Get(CheckedRead(), key, &value);
  if (read.ok()) {
    const auto stored = DecodeNumber64(kOrdinalsKey, value);
    if (!stored) {
      return Error{options.directory.string() + ": " + stored.error().message +
                   options.words->damage_advice};
    }
    first = *stored;
  } else if (!read.IsNotFound()) {
    return OpenError(options, read);
  }
  leveldb::WriteBatch batch;
  batch.Put(leveldb::Slice(kFormatKey.data(), kFormatKey.size()),
            EncodeNumber32(kFormatKey, kStoreFormat));
  batch.Put(key, EncodeNumber64(kOrdinalsKey, first + kOrdinalsPerOpening));
  leveldb::WriteOptions synced;
  synced.sync = true;
  if (const leveldb::Status written = database->Write(synced, &batch); !written.ok()) {
    return OpenError(options, written);
  }
  return first;
}

/// After damage was met while running, nothing less than everything is read back.
Status CheckTablesOf(const DatabaseOptions& options, leveldb::DB* database) {
  const std::filesystem::path mark = options.directory / kWholeCheckFileName;
  std::error_code error;
  const bool asked = std::filesystem::exists(mark, error);
  auto checked = CheckTables(database, options.environment, options.directory,
                             asked ? kAllTables : options.whole_check_bytes_max);
  if (!checked) {
    return Error{IsDamaged(options) + ": " + checked.error().message +
                 options.words->damage_advice};
  }
  if (asked) std::filesystem::remove(mark, error);
  return checked;
}

}  // namespace

void RequestWholeCheck(const std::filesystem::path& directory) {
  // Without the mark the damage is met again later, so a failure here needs no answer.
  static_cast<void>(CreateEmptyFile(directory / kWholeCheckFileName));
}

Result<Database> OpenDatabase(const DatabaseOptions& options) {
  if (auto checked = CheckCurrent(options); !checked) return checked.error();
  if (auto checked = CheckLogs(options); !checked) return checked.error();
  Database database;
  database.environment = std::make_unique<UnmappedEnv>(options.environment);
  database.cache.reset(leveldb::NewLRUCache(options.cache_bytes));
  database.filter.reset(leveldb::NewBloomFilterPolicy(kBloomBitsPerKey));
  leveldb::DB* opened = nullptr;
  const leveldb::Status status =
      leveldb::DB::Open(ToLevelDbOptions(options, database), options.directory.string(), &opened);
  if (!status.ok()) return OpenError(options, status);
  database.leveldb.reset(opened);
  if (auto checked = CheckFormat(options, opened); !checked) return checked.error();
  if (auto checked = CheckTablesOf(options, opened); !checked) return checked.error();
  const auto first_ordinal = ReserveOrdinals(options, opened);
  if (!first_ordinal) return first_ordinal.error();
  database.first_ordinal = *first_ordinal;
  return database;
}

}  // namespace oncegate::store
