// A disk that can fail: the real Env, with a budget of bytes to write and syncs that can be made to
// fail. A write beyond the budget writes what fits, as a full disk does, and then fails.
#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <cstdint>

namespace oncegate {

class FaultyEnv : public leveldb::EnvWrapper {
 public:
  FaultyEnv() : EnvWrapper(leveldb::Env::Default()) {}

  void LeaveSpaceFor(std::int64_t bytes) { bytes_left_ = bytes; }
  void FreeSpace() { bytes_left_ = kUnlimited; }
  void FailSyncs(bool fail) { fail_syncs_ = fail; }

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override;
  leveldb::Status NewAppendableFile(const std::string& name, leveldb::WritableFile** file) override;

 private:
  class File;
  static constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;

  std::atomic<std::int64_t> bytes_left_ = kUnlimited;
  std::atomic<bool> fail_syncs_ = false;
};

}  // namespace oncegate
