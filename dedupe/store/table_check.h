// Reads LevelDB's tables at start. LevelDB opens a table when it is first needed, so damage would
// otherwise show hours later, as one failed request after the other.
//
// Of every table the footer and the index are read; of the newest tables, up to a number of bytes
// that keeps the start quick, every record, with LevelDB's checksum and our own.
#pragma once

#include <leveldb/db.h>
#include <leveldb/env.h>

#include <cstdint>
#include <filesystem>
#include <limits>

#include "dedupe/types/result.h"

namespace oncegate::store {

inline constexpr std::uint64_t kAllTables = std::numeric_limits<std::uint64_t>::max();

/// Fails on the first damaged table with a message that begins with its file's name. `database` is
/// open and may be compacting.
Status CheckTables(leveldb::DB* database, leveldb::Env* environment,
                   const std::filesystem::path& directory, std::uint64_t whole_bytes_max);

}  // namespace oncegate::store
