// Opens a LevelDbStore on a given leveldb::Env. Internal: for tests that make the disk fail.
#pragma once

#include <leveldb/env.h>

#include <memory>

#include "dedupe/store/leveldb_store.h"

namespace oncegate {

class LevelDbStoreOpener {
 public:
  /// `environment` outlives the store.
  static Result<std::unique_ptr<LevelDbStore>> Open(const LevelDbStoreOptions& options,
                                                    leveldb::Env* environment);
};

}  // namespace oncegate
