#include "dedupe/store/table_check.h"

#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/table.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "dedupe/store/open_database.h"
#include "dedupe/store/value_codec.h"

namespace oncegate::store {
namespace {

/// LevelDB appends (sequence << 8 | type) to the keys in its tables; type 1 is a value.
constexpr std::size_t kInternalSuffixBytes = 8;
constexpr char kTypeValue = 1;

struct LiveTable {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0;
};

/// The tables of the current version, newest first. LevelDB lists them as lines
/// " number:bytes[first key .. last key]" with line breaks in keys escaped.
std::vector<LiveTable> ListTables(leveldb::DB* database) {
  std::string listing;
  database->GetProperty("leveldb.sstables", &listing);
  std::vector<LiveTable> tables;
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    unsigned long long number = 0;
    unsigned long long bytes = 0;
    if (std::sscanf(line.c_str(), " %llu:%llu[", &number, &bytes) == 2) {
      tables.push_back({number, bytes});
    }
  }
  std::sort(tables.begin(), tables.end(),
            [](const LiveTable& a, const LiveTable& b) { return a.number > b.number; });
  return tables;
}

std::filesystem::path PathOf(const std::filesystem::path& directory, std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%06llu.ldb", static_cast<unsigned long long>(number));
  return directory / name;
}

Error DamagedTable(const std::filesystem::path& path, const std::string& cause) {
  return Error{path.string() + ": " + cause};
}

Status CheckRecords(leveldb::Table* table, const std::filesystem::path& path) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<leveldb::Iterator> entry(table->NewIterator(options));
  for (entry->SeekToFirst(); entry->Valid(); entry->Next()) {
    const std::string_view key(entry->key().data(), entry->key().size());
    if (key.size() < kInternalSuffixBytes) return DamagedTable(path, "a key is too short");
    const std::size_t user_bytes = key.size() - kInternalSuffixBytes;
    if (key[user_bytes] != kTypeValue) continue;
    const auto checked = CheckRecord(
        key.substr(0, user_bytes), std::string_view(entry->value().data(), entry->value().size()));
    if (!checked) return DamagedTable(path, checked.error().message);
  }
  if (!entry->status().ok()) return DamagedTable(path, entry->status().ToString());
  return Ok();
}

Status CheckTable(leveldb::Env* environment, const std::filesystem::path& path,
                  std::uint64_t table_bytes, bool whole) {
  leveldb::RandomAccessFile* opened_file = nullptr;
  const leveldb::Status opened = environment->NewRandomAccessFile(path.string(), &opened_file);
  const std::unique_ptr<leveldb::RandomAccessFile> file(opened_file);
  if (!opened.ok()) {
    // A compaction may have replaced it since it was listed; a live table that is missing fails
    // the opening of the database.
    if (!environment->FileExists(path.string())) return Ok();
    return DamagedTable(path, opened.ToString());
  }
  leveldb::Options options;
  options.env = environment;
  options.paranoid_checks = true;
  leveldb::Table* opened_table = nullptr;
  const leveldb::Status read =
      leveldb::Table::Open(options, file.get(), table_bytes, &opened_table);
  const std::unique_ptr<leveldb::Table> table(opened_table);
  if (!read.ok()) return DamagedTable(path, read.ToString());
  return whole ? CheckRecords(table.get(), path) : Ok();
}

}  // namespace

Status CheckTables(leveldb::DB* database, leveldb::Env* environment,
                   const std::filesystem::path& directory, std::uint64_t whole_bytes_max) {
  std::uint64_t whole_bytes_left = whole_bytes_max;
  for (const LiveTable& table : ListTables(database)) {
    const bool whole = table.bytes <= whole_bytes_left;
    if (whole) whole_bytes_left -= table.bytes;
    auto checked = CheckTable(environment, PathOf(directory, table.number), table.bytes, whole);
    if (!checked) return checked;
  }
  return Ok();
}

}  // namespace oncegate::store
