// FaultyDisk: SQLite's default file system with faults and a memory of what was synced. While one
// exists, every connection of the process opens its files through it; at most one at a time, and it
// outlives the connections. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace oncegate::sqlite {

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// Write number `operation` from now on (from 0; writes, syncs and truncations count) fails with
  /// `code` and does nothing, once.
  void FailAt(int operation, int code);
  /// As FailAt, but a sync fails after it did its work: the data is there all the same.
  void FailLateAt(int operation, int code);
  bool HasFailed() const { return failed_; }
  void Heal();

  /// Puts what power loss would leave of `database` and its log into `folder`.
  void CopyDurable(const std::filesystem::path& database,
                   const std::filesystem::path& folder) const;

  // For the callbacks.
  struct Fault {
    int code = 0;
    bool late = false;
  };
  Fault Next();
  void RememberSynced(const std::string& name, std::string content);

 private:
  int countdown_ = -1;
  int code_ = 0;
  bool late_ = false;
  bool failed_ = false;
  std::map<std::string, std::string> synced_;
};

}  // namespace oncegate::sqlite
