// UnmappedEnv: a leveldb::Env that reads tables with pread. LevelDB's own maps up to 1,000 of them
// into memory: whatever was read once counts as resident, gigabytes with 50 million ids, LevelDB
// bypasses its block cache for them, and a disk that fails to deliver a page ends the process with
// SIGBUS instead of an error.
#pragma once

#include <leveldb/env.h>

namespace oncegate::store {

class UnmappedEnv : public leveldb::EnvWrapper {
 public:
  /// `target`, which does everything else, outlives it.
  explicit UnmappedEnv(leveldb::Env* target) : EnvWrapper(target) {}

  leveldb::Status NewRandomAccessFile(const std::string& name,
                                      leveldb::RandomAccessFile** file) override;
};

}  // namespace oncegate::store
