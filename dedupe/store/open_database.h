// Opens the LevelDB folder, or says in words that a person can act on why it can not be opened.
// Nothing is ever repaired by dropping records.
#pragma once

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "dedupe/types/result.h"

namespace oncegate::store {

/// What a person is told: what the database is, and what to do once it is damaged.
struct DatabaseWords {
  const char* noun;
  const char* damage_advice;  // Ends a message.
  const char* too_new_advice;
};
extern const DatabaseWords kIndexWords;
extern const DatabaseWords kJournalWords;

struct DatabaseOptions {
  const DatabaseWords* words = &kIndexWords;
  std::filesystem::path directory;
  leveldb::Env* environment = nullptr;
  std::size_t cache_bytes = 0;
  std::size_t write_buffer_bytes = 0;
  /// See table_check.h.
  std::uint64_t whole_check_bytes_max = 0;
};

/// An open database with what it uses; the members die in the right order.
struct Database {
  std::unique_ptr<leveldb::Env> environment;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::DB> leveldb;
  /// The first of the ordinals that were reserved for this opening, durably; no later opening
  /// hands them out again, so that they grow over restarts.
  std::uint64_t first_ordinal = 0;
};

/// Precondition: the caller holds the StoreLock of the folder, and no Database of it is open.
Result<Database> OpenDatabase(const DatabaseOptions& options);

/// Asks the next opening, in whatever process, to read back every table whole. Best effort.
void RequestWholeCheck(const std::filesystem::path& directory);

}  // namespace oncegate::store
